"""A small Django project with django-import-export, on the reference data of a store of Milepost."""
