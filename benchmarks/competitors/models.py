"""The models of the Django project. Those of reference data stand on the tables of a store."""

from __future__ import annotations

from django.db import models


class Learner(models.Model):
    """A person."""

    login = models.TextField()
    login_key = models.TextField(unique=True)

    class Meta:
        """On Milepost's table."""

        managed = False
        db_table = "learner"


class Training(models.Model):
    """A training course."""

    path_code = models.TextField(unique=True)

    class Meta:
        """On Milepost's table."""

        managed = False
        db_table = "training"


class LearningObjectVersion(models.Model):
    """One version of a learning resource."""

    code = models.TextField(db_index=True)

    class Meta:
        """On Milepost's table."""

        managed = False
        db_table = "learning_object_version"


class Session(models.Model):
    """One run of a training."""

    title = models.TextField(db_index=True)
    training = models.ForeignKey(Training, models.PROTECT)

    class Meta:
        """On Milepost's table."""

        managed = False
        db_table = "session"


class Registration(models.Model):
    """A learner in a session."""

    learner = models.ForeignKey(Learner, models.PROTECT)
    session = models.ForeignKey(Session, models.PROTECT)

    class Meta:
        """On Milepost's table."""

        managed = False
        db_table = "registration"


class Tracking(models.Model):
    """What a learner did with a learning object version in a session."""

    registration = models.ForeignKey(Registration, models.CASCADE)
    learning_object_version = models.ForeignKey(LearningObjectVersion, models.PROTECT)
    first_access_at = models.DateTimeField(null=True)
    last_access_at = models.DateTimeField(null=True)
    first_completed_at = models.DateTimeField(null=True)
    progression = models.FloatField()
    status = models.CharField(max_length=20)
    time_spent = models.IntegerField()
    score = models.FloatField(null=True)
    score_max = models.IntegerField(null=True)

    class Meta:
        """A table of its own, as Django makes it."""

        db_table = "tracking_of_django"
        constraints = [  # noqa: RUF012 - as Django has it
            models.UniqueConstraint(fields=["registration", "learning_object_version"], name="one_for_each_content")
        ]
