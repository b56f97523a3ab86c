"""What headers mean by their words, in seven languages."""

from __future__ import annotations

import pytest

from milepost.formats.header_words import meaning

HEADERS = {
    "firstCompletionDate": (
        "Completion Date | Abschlussdatum | Date Completed | Completed On | Abgeschlossen am | "
        "Datum des Abschlusses | Date d'achèvement | Terminé le | Date de complétion | Fecha de finalización "
        "| Completado el | Data di completamento | Completato il | Data de conclusão | Concluído em | "
        "Voltooiingsdatum | Datum voltooid | Afgerond op | Afrondingsdatum | Fertigstellungsdatum | "
        "Course Completion Date | CompletionDate | completion_date | COMPLETION DATE"
    ),
    "scoreMax": (
        "Max Score | Maximum Points | Points Possible | Höchstpunktzahl | Maximale Punktzahl | Max. Punkte | "
        "Maximalpunktzahl | Note maximale | Score maximum | Puntuación máxima | Punteggio massimo | "
        "Pontuação máxima | Maximale score | Maximumscore"
    ),
    "trackingStatus": (
        "Completion Status | Status | Abschlussstatus | Lernstatus | Statut | État | Estado | Stato | "
        "Kursstatus | Statut d'achèvement"
    ),
    None: (
        "End Date | Enddatum | Passing Score | Min Score | Course Duration | Kursdauer | Student Name | "
        "Full Name | Course Title | Kurs"
    ),
    "firstAccessDate": (
        "Start Date | Startdatum | Date de début | Fecha de inicio | Data di inizio | Data de início | "
        "Begindatum | Started on | Begonnen am | First Access | Erster Zugriff | Premier accès | "
        "Primer acceso | Primo accesso | Primeiro acesso | Eerste toegang"
    ),
    "lastAccessDate": (
        "Last Access | Last Accessed On | Last Activity | Letzter Zugriff | Dernier accès | Último acceso | "
        "Ultimo accesso | Último acesso | Laatste toegang | Date du dernier accès | Letzte Aktivität"
    ),
    "score": (
        "Punktzahl | Points | Final Grade | Test Score | Note | Puntuación | Calificación | Punteggio | Voto "
        "| Pontuação | Nota | Cijfer"
    ),
    "progression": (
        "Fortschritt | Fortschritt (%) | % Complete | Percent Complete | Completion Percentage | Avancement | "
        "Taux d'avancement | Progreso | Porcentaje completado | Avanzamento | Progresso | Voortgang | "
        "Lernfortschritt"
    ),
    "timeSpent": (
        "Time Spent | Total Time | Duration | Lernzeit | Dauer | Zeitaufwand | Durée | Temps passé | "
        "Tiempo dedicado | Duración | Tempo impiegato | Tempo gasto | Duração | Bestede tijd | Duur | "
        "Duration (minutes)"
    ),
    "candidateLogin": (
        "Username | User Name | Benutzername | Anmeldename | Nom d'utilisateur | Identifiant | "
        "Nombre de usuario | Nome utente | Nome de utilizador | Nome de usuário | Gebruikersnaam | User ID | "
        "Login"
    ),
    "candidateRefNumber": (
        "Employee ID | Employee Number | Personalnummer | Mitarbeiternummer | Matricule | Matricola | "
        "Matrícula | Número de empleado | Personeelsnummer"
    ),
    "candidateEmail": (
        "Email | E-Mail-Adresse | E-mail address | Adresse e-mail | Courriel | Correo electrónico | "
        "Posta elettronica | Indirizzo email | Correio eletrónico | E-mailadres"
    ),
    "lovCode": (
        "Course Code | Kurscode | Kursnummer | Code du cours | Código del curso | Codice corso | "
        "Código do curso | Cursuscode | Course ID | Item ID"
    ),
    "sessionTitle": (
        "Session | Session Name | Titre de la session | Título de la sesión | Titolo sessione | Sitzungstitel"
    ),
    "sessionId": ("Session ID"),
    "trainingPathCode": (
        "Training Code | Schulungscode | Code formation | Código de formación | Codice percorso | "
        "Opleidingscode | Learning Path Code"
    ),
    "trainingId": ("Training ID"),
}
"""Headers, by the column that they mean; under None, those whose words are understood and mean none."""


@pytest.mark.parametrize("column", HEADERS)
def test_what_headers_mean(column: str | None) -> None:
    headers = [header.strip() for header in HEADERS[column].split("|")]
    assert {header: meaning(header) for header in headers} == dict.fromkeys(headers, (True, column))


@pytest.mark.parametrize("header", ["lovCod", "Department", "Status von Abteilung", "", "12", "of the", "x" * 10_000])
def test_headers_with_a_word_that_is_not_known(header: str) -> None:
    assert meaning(header) == (False, None)
