from viral_engine.accounts.models import User


def set_preferences(*, user: User, avatar: str, **switches: bool) -> None:
    """The person's switches and avatar are as given.

    Raises  TypeError for a name that is no preference: role, cohort and birthdate never come from a form.
    """
    unknown = set(switches) - set(User.PREFERENCES)
    if unknown:
        raise TypeError(f"not a preference: {', '.join(sorted(unknown))}")
    user.avatar = avatar
    for name, value in switches.items():
        setattr(user, name, value)
    user.save(update_fields=["avatar", *switches])
