"""The reference tables as they are in the store, and tracking as Django keeps it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Learner(models.Model):
    """A person."""

    login = models.TextField()
    login_key = models.TextField(unique=True)

    class Meta:
        """The table is in the store already."""

        managed = False
        db_table = "learner"


class Training(models.Model):
    """A training course."""

    path_code = models.TextField(unique=True)

    class Meta:
        """The table is in the store already."""

        managed = False
        db_table = "training"


class Session(models.Model):
    """One run of a training."""

    title = models.TextField(db_index=True)
    training = models.ForeignKey(Training, models.PROTECT)

    class Meta:
        """The table is in the store already."""

        managed = False
        db_table = "session"


class Registration(models.Model):
    """A learner in a session."""

    learner = models.ForeignKey(Learner, models.PROTECT)
    session = models.ForeignKey(Session, models.PROTECT)

    class Meta:
        """The table is in the store already."""

        managed = False
        db_table = "registration"


class LearningObjectVersion(models.Model):
    """A version of a learning object."""

    code = models.TextField(db_index=True)

    class Meta:
        """The table is in the store already."""

        managed = False
        db_table = "learning_object_version"


class Tracking(models.Model):
    """What is known of a learner on a learning object version."""

    registration = models.ForeignKey(Registration, models.PROTECT)
    learning_object_version = models.ForeignKey(LearningObjectVersion, models.PROTECT)
    first_access = models.DateTimeField(null=True)
    last_access = models.DateTimeField(null=True)
    first_completion = models.DateTimeField(null=True)
    progression = models.FloatField()
    status = models.TextField()
    time_spent = models.IntegerField()
    score = models.FloatField(null=True)
    score_max = models.IntegerField(null=True)

    class Meta:
        """A table of its own beside that of the store."""

        db_table = "django_tracking"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["registration", "learning_object_version"], name="one_tracking")
        ]
