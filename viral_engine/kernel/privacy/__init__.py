"""Personal data: what each table holds of a person, and how it is exported, erased and purged.

Every app declares the policy of its own models in `personal_data.py`; tests fail for a model or a text without one.
"""
