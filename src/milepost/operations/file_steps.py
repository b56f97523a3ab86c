"""The consolidators of single files, and those about folders: each comes to the same when it is repeated."""

from __future__ import annotations

import glob
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from milepost.model.wording import listed
from milepost.operations.error_log import write_error_log
from milepost.operations.load_actions import LOV_CODES
from milepost.operations.night_files import NightFile, file_at, marker, sha256
from milepost.operations.night_folders import clean, delete, files_of, move, moved, stamped
from milepost.operations.night_plan import NightImport, Step
from milepost.operations.training_contents import load_contents
from milepost.stores.nights import TakenFile
from milepost.transfer.data_folder import inside


@dataclass(frozen=True, slots=True)
class Place:
    """Where a night works."""

    data: Path
    """The data folder, without links."""
    database: str

    def folder(self, relative: str) -> Path:
        """A folder inside the data folder; raises TransferError if a link leads out of it."""
        return inside(self.data, relative)

    def told(self, path: Path) -> str:
        """A path as it is inside the data folder."""
        return str(path.relative_to(self.data))


def do_for_file(step: Step, file: TakenFile, what: NightImport, place: Place) -> str:
    """Does one step for one file whose import is committed, and says what was done. Raises MilepostError."""
    return _FOR_FILES[step.name](step, file, what, place)


def would_do_for_file(step: Step, name: str) -> str:
    """What the step would do with the file called `name`."""
    base = Path(name).name
    if step.name == "timeStampedFileErrorLogger":
        return f"The errors and warnings of {base} would be logged in {step.options['location']}."
    if step.name == LOV_CODES:
        return f"The contents of the trainings in {base} would be loaded."
    if step.name == "moveToBackupConsolidator":
        return f"{base} would be moved to {step.options['backupFolder']}."
    return f"{base} would be deleted."


def _found(file: TakenFile, place: Place) -> NightFile | None:
    """The file, if it is still there as it was imported."""
    found = NightFile(file_at(place.data, file.file), file.file, file.bytes, file.changed_ns)
    return found if found.is_same() else None


def is_there(file: TakenFile, place: Place) -> bool:
    """Whether a file is still where it was imported from, or again."""
    return _found(file, place) is not None


def place_of(file: TakenFile, what: NightImport, place: Place) -> Path | None:
    """Where a file is whose import is committed: where it was, or where `moveToBackupConsolidator` moved it."""
    found = _found(file, place)
    if found is not None:
        return found.path
    for step in what.consolidators:
        if step.name == "moveToBackupConsolidator":
            name = stamped(Path(file.file).name, file.taken_at, is_stamped=step.options["timestamp"])
            return moved(place.folder(step.options["backupFolder"]), name, file.sha256)
    return None


def log_name(file: TakenFile) -> str:
    """The name of the error log of a file."""
    return stamped(f"{Path(file.file).name}.log", file.taken_at, is_stamped=True)


def _log_errors(step: Step, file: TakenFile, what: NightImport, place: Place) -> str:
    found = _found(file, place)
    if file.is_repeated or file.run is None:
        return f"There is nothing to log: run {file.run} imported the same bytes before."
    if found is None:
        return "There is no log: the file is gone, or was changed since its import."
    folder = place.folder(step.options["location"])
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / log_name(file)
    # What a night left that was killed while it wrote this log.
    for part in folder.glob(f".{glob.escape(target.name)}.*.part"):
        delete(part)
    count = write_error_log(target, found.path, what.action, place.database, file.run)
    if not count:
        return "There is no log: nothing was found."
    return f"{count:,} {'finding is' if count == 1 else 'findings are'} in {place.told(target)}."


def _back_up(step: Step, file: TakenFile, what: NightImport, place: Place) -> str:
    folder = place.folder(step.options["backupFolder"])
    name = stamped(Path(file.file).name, file.taken_at, is_stamped=step.options["timestamp"])
    found = _found(file, place)
    if found is not None:
        _remove_marker(found, what)
        return f"It is moved to {place.told(move(found.path, folder, name, file.sha256))}."
    where = moved(folder, name, file.sha256)
    if where is not None:
        return f"It is moved to {place.told(where)}."
    return "It is not moved: it is gone, or was changed since its import."


def _delete(_step: Step, file: TakenFile, what: NightImport, place: Place) -> str:
    found = _found(file, place)
    if found is None:
        return "It is not deleted: it is gone already, or was changed since its import."
    _remove_marker(found, what)
    delete(found.path)
    return "It is deleted."


def _remove_marker(file: NightFile, what: NightImport) -> None:
    if what.source.done_marker is not None:
        delete(marker(file, what.source))


def _load_contents(_step: Step, file: TakenFile, what: NightImport, place: Place) -> str:
    found = _found(file, place)
    if found is None:
        return "Contents of trainings are not loaded: the file is gone, or was changed since its import."
    return load_contents(found.path, found.base, what.action, place.database)


_MOVERS = frozenset({"moveToBackupConsolidator", "deleteProcessedFilesConsolidator"})
_FOR_FILES: Mapping[str, Callable[[Step, TakenFile, NightImport, Place], str]] = MappingProxyType(
    {
        LOV_CODES: _load_contents,
        "timeStampedFileErrorLogger": _log_errors,
        "moveToBackupConsolidator": _back_up,
        "deleteProcessedFilesConsolidator": _delete,
    }
)


def is_mover(step: Step) -> bool:
    """Whether a file is not where it was after the step."""
    return step.name in _MOVERS


def is_of_files(step: Step) -> bool:
    """Whether the step is done for each file."""
    return step.name in _FOR_FILES


def clean_folders(step: Step, data: Path, logs: str, kept: Collection[Path] = (), *, dry_run: bool) -> str:
    """Deletes old files of the folder of `cleanFolder`, and of `logs` if it says so; those among `kept` stay."""
    days = step.options["cleanOlderThan"]
    named = [step.options["dataFolderPath"], logs if step.options["cleanLogs"] else None]
    folders = [one for one in named if one is not None]
    if not folders:
        return "It names no folder."
    gone = sum(len(clean(inside(data, one), days, kept, dry_run=dry_run)) for one in folders)
    done = "would be deleted" if dry_run else "deleted"
    return f"{files_told(gone)} older than {days} days {done} in {listed(folders)}."


def move_folder(step: Step, data: Path, at: datetime, kept: Collection[Path] = (), *, dry_run: bool) -> str:
    """Moves the files of a folder to another one; those among `kept` stay. `at` is the instant of a time stamp."""
    source, target = inside(data, step.options["inputFolderPath"]), inside(data, step.options["outputFolderPath"])
    files = [one for one in files_of(source) if one not in kept]
    for one in files if not dry_run else ():
        move(one, target, stamped(one.name, at, is_stamped=step.options["timestamp"]), sha256(one))
    done = "would be moved" if dry_run else "moved"
    return f"{files_told(len(files))} {done} to {step.options['outputFolderPath']}."


def files_told(count: int) -> str:
    """So many files, in words."""
    return f"{count} file{'' if count == 1 else 's'}"
