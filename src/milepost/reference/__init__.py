"""Reference data: the kinds that `load` reads. A new kind is one entry of `KINDS`."""

from milepost.reference.kind import Field, Reference, ReferenceColumn, ReferenceKind, Role
from milepost.reference.kinds import KINDS

__all__ = ["KINDS", "Field", "Reference", "ReferenceColumn", "ReferenceKind", "Role"]
