"""What headers mean, by their words in English, German, French, Spanish, Italian, Portuguese and Dutch.

A header is cut into words, compounds too, and each word has an idea. The ideas together mean a column. What is
found here is suggested, never taken.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

_WORDS = {
    "user": "user users benutzer nutzer anwender utilisateur usuario utente utilizador gebruiker gebruikers",
    "person": (
        "learner learners student students participant trainee employee candidate staff teilnehmer lernende "
        "lernender lerner mitarbeiter personal apprenant apprenante etudiant eleve stagiaire collaborateur "
        "salarie employe alumno alumna estudiante participante empleado trabajador studente partecipante "
        "dipendente corsista discente aluno estudante formando funcionario colaborador deelnemer cursist "
        "medewerker leerling werknemer personeels personeel"
    ),
    "login": "login logon username identifiant anmelde anmeldung kennung inlog loginname connexion",
    "staff number": "matricule matricola matricula matrikel stamm",
    "name": "name nom nombre nome naam",
    "own name": (
        "full surname forename lastname firstname vorname nachname familienname prenom apellido apellidos cognome "
        "apelido sobrenome achternaam voornaam"
    ),
    "title": "title titel titre titulo titolo bezeichnung",
    "number": "number num nr nummer numero",
    "id": "id ident identifier identificador identificativo identificatore",
    "code": "code codigo codice kurzel kuerzel kode",
    "guid": "guid uuid",
    "reference": "reference ref referenz referencia riferimento referentie",
    "email": "email mail courriel correo posta correio",
    "address": (
        "address adresse direccion indirizzo endereco adres electronico electronica elettronica elettronico "
        "eletronico electronic electronique elektronische"
    ),
    "content": (
        "content course courses module lesson activity item object resource elearning kurs inhalt modul "
        "lektion lernobjekt cours contenu lecon activite ressource curso contenido modulo leccion actividad "
        "recurso corso contenuto lezione attivita risorsa conteudo licao atividade cursus inhoud les "
        "activiteit"
    ),
    "training": (
        "training program programme path curriculum schulung schulungs weiterbildung weiterbildungs lehrgang "
        "lehrgangs programm lernpfad formation parcours formacion programa itinerario formazione percorso "
        "programma formacao percurso opleiding opleidings leerpad trainings"
    ),
    "session": "session class sitzung sitzungs sesion clase sessione classe sessao turma sessie klas",
    "date": "date datum fecha data dates timestamp zeitpunkt",
    "completion": (
        "completion completed complete finish finished accomplished abschluss abschlusses abgeschlossen "
        "absolviert fertig fertigstellung fertigstellungs fertiggestellt beendet beendigung achevement acheve "
        "achevee termine terminee realisation finalizacion finalizado finalizada completado completada "
        "terminado terminacion completamento completato completata concluso conclusione terminato conclusion "
        "conclusao concluido concluida finalizacao voltooiing voltooiings voltooid afgerond afronding "
        "afrondings"
    ),
    "end": "end ende fin fine fim einde eind",
    "start": (
        "start started begin began begun beginn anfang gestartet begonnen debut commence demarrage inicio "
        "iniciado iniciada comienzo inizio iniziato avvio gestart aanvang"
    ),
    "first": (
        "first erst erste erster erstmals premier premiere primer primera primero primo prima primeiro primeira eerste"
    ),
    "last": "last latest letzt letzte letzter letztes zuletzt dernier derniere ultimo ultima laatste laatst",
    "access": (
        "access accessed visit visited launch launched opened activity zugriff zugriffs zugang aufruf "
        "zugegriffen besuch acces acceso accesso acesso toegang bezoek bezocht geopend aktivitat activite "
        "actividad attivita atividade activiteit consultation"
    ),
    "time": "time zeit temps tiempo tempo tijd times",
    "duration": "duration dauer duree duracion durata duracao duur tijdsduur",
    "spent": (
        "spent aufwand aufgewendet aufgewendete verbracht verbrachte verweil passe dedicado invertido "
        "impiegato trascorso dedicato gasto despendido besteed bestede"
    ),
    "learning": (
        "learning learn study lern lerner studien apprentissage aprendizaje estudio apprendimento studio "
        "aprendizagem estudo leer studie"
    ),
    "total": "total gesamt gesamte totale totaal",
    "unit": (
        "min mins minutes minuten minutos minuti seconds sec sekunden secondes segundos secondi seconden "
        "hours hrs stunden heures horas ore uren hhmm hhmmss"
    ),
    "progress": (
        "progress progression fortschritt fortschritts avancement avance progreso progresso avanzamento "
        "voortgang vooruitgang"
    ),
    "percent": (
        "percent percentage prozent pourcent pourcentage porcentaje percentuale porcentagem percentagem rate "
        "grad taux tasa tasso taxa"
    ),
    "state": "state",
    "status": "status stand zustand etat statut estado situacion stato situazione situacao toestand",
    "score": (
        "score scores points point grade mark marks punkte punkt punktzahl punktestand note bewertung "
        "pointage puntuacion puntaje puntos calificacion nota punteggio punti voto pontuacao pontos cijfer "
        "punten"
    ),
    "max": (
        "max maximum maximal maximale maximaler maximalen maximo maxima massimo massima maximaal possible "
        "hochst hoechst erreichbar erreichbare moglich mogliche posible possibile possivel mogelijk mogelijke"
    ),
    "least": "passing minimum mindest minimo minima minimale",
    "test": "test exam quiz final prufung prufungs examen esame exame toets",
}
_RULES = (
    ("candidateLogin", "login", "user person name id"),
    ("candidateLogin", "user", ""),
    ("candidateLogin", "user name", ""),
    ("candidateLogin", "user id", ""),
    ("candidateRefNumber", "person number", "reference"),
    ("candidateRefNumber", "person id", ""),
    ("candidateRefNumber", "person code", ""),
    ("candidateRefNumber", "person reference", ""),
    ("candidateRefNumber", "user number", ""),
    ("candidateRefNumber", "staff number", "number person"),
    ("candidateEmail", "email", "address person user"),
    ("lovCode", "content code", "learning"),
    ("lovCode", "content number", "learning"),
    ("lovCode", "content id", "learning"),
    ("lovCode", "content reference", "learning number code"),
    ("lovGuid", "content guid", "learning"),
    ("sessionGuid", "session guid", ""),
    ("sessionId", "session id", ""),
    ("sessionId", "session number", ""),
    ("sessionTitle", "session", "title name"),
    ("trainingPathCode", "training code", "learning"),
    ("trainingPathCode", "training number", "learning"),
    ("trainingPathCode", "training reference", "learning number code"),
    ("trainingId", "training id", ""),
    ("trainingGuid", "training guid", ""),
    ("firstAccessDate", "first access", "date content"),
    ("firstAccessDate", "start date", ""),
    ("lastAccessDate", "last access", "date content"),
    ("lastAccessDate", "access date", ""),
    ("firstCompletionDate", "completion date", "first content training learning"),
    ("progression", "progress", "percent content training learning"),
    ("progression", "completion percent", "progress content training learning"),
    ("trackingStatus", "status", "completion progress content training learning"),
    ("trackingStatus", "completion state", "content training learning"),
    ("timeSpent", "time spent", "total content training learning unit"),
    ("timeSpent", "duration", "total learning spent unit"),
    ("timeSpent", "learning time", "total unit"),
    ("timeSpent", "total time", "unit"),
    ("score", "score", "test content percent"),
    ("scoreMax", "score max", "test content number"),
)
"""Columns, with the ideas that a header must have and those that it may have."""

_LINKING = (
    "a al as au con da das de dei del della delle dello dem den der des di die do dos du e el en et for het i il in la "
    "las le les lo los o of op os par per pour the und van von vom y zum zur d l s n"
)
_LINKS = frozenset(_LINKING.split())
"""Words without an idea."""
_JOINTS = ("", "s", "n", "en", "e")
"""The letters between the parts of a compound."""
_ON = frozenset(("on", "am", "at", "le", "el", "il", "em", "op"))
"""Words that mean a date at the end of a header, as in `Completed on`."""
_LONGEST = 60


@cache
def _ideas() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for idea, words in _WORDS.items():
        for word in words.split():
            found[word] = found.get(word, frozenset()) | {idea}
    return found


def meaning(header: str) -> tuple[bool, str | None]:
    """Whether every word of a header is known, and the column that they mean; None if they mean none, or several."""
    words = _split(header[:_LONGEST])
    ideas: list[frozenset[str]] = []
    for place, word in enumerate(words):
        parts = _parts(word)
        if place and place == len(words) - 1 and word in _ON:
            ideas.append(frozenset({"date"}))
        elif parts is not None:
            ideas += parts
        elif word not in _LINKS:
            return False, None
    if not ideas:
        return False, None
    columns = {column for chosen in itertools.islice(itertools.product(*ideas), 100) for column in _columns({*chosen})}
    return True, columns.pop() if len(columns) == 1 else None


def _columns(ideas: set[str]) -> Iterator[str]:
    for column, needed, allowed in _RULES:
        least = {needed} if needed in _WORDS else {*needed.split()}
        if least <= ideas <= least | {*allowed.split()}:
            yield column


def _split(header: str) -> list[str]:
    """The words, in small letters without accents; `CompletionDate` has two."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header.replace("%", " percent "))
    plain = unicodedata.normalize("NFD", spaced.casefold())
    return re.findall("[a-z]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def _parts(word: str) -> list[frozenset[str]] | None:
    """The ideas of a word, or of the parts of a compound; None if it is unknown."""
    known = _ideas()
    if word in known:
        return [known[word]]
    for end in range(len(word) - 2, 2, -1):
        for joint in _JOINTS:
            if word[:end] in known and word[end:].startswith(joint):
                rest = _parts(word[end + len(joint) :])
                if rest is not None:
                    return [known[word[:end]], *rest]
    return None
