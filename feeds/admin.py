from django.contrib import admin

from feeds.models import Activity, ChatCounter, ChatMute, CohortChallenge, CoPractice, Message, Reaction
from viral_engine.kernel.admin import ReadOnlyAdmin


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ["actor", "kind", "skill", "subject", "cohort", "is_for_friends", "is_shown", "at"]
    list_filter = ["kind", "is_shown", "cohort", "at"]
    list_select_related = ["actor", "skill", "subject", "cohort"]
    search_fields = ["actor__username", "=source"]


@admin.register(Reaction)
class ReactionAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "activity", "at"]
    list_filter = ["kind", "at"]
    list_select_related = ["user", "activity__actor", "activity__skill", "activity__subject"]
    search_fields = ["user__username"]


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["author", "cohort", "seq", "text", "at", "hidden_at"]
    list_filter = ["cohort", ("hidden_at", admin.EmptyFieldListFilter), "at"]
    list_select_related = ["author", "cohort"]
    search_fields = ["author__username", "text"]


@admin.register(ChatMute)
class ChatMuteAdmin(ReadOnlyAdmin):
    list_display = ["muter", "muted", "at"]
    list_filter = ["at"]
    list_select_related = ["muter", "muted"]
    search_fields = ["muter__username", "muted__username"]


@admin.register(ChatCounter)
class ChatCounterAdmin(ReadOnlyAdmin):
    list_display = ["cohort", "last_seq"]
    list_filter = ["cohort"]
    list_select_related = ["cohort"]
    search_fields = ["cohort__name"]


@admin.register(CohortChallenge)
class CohortChallengeAdmin(ReadOnlyAdmin):
    list_display = ["cohort", "skill", "creator", "starts_at", "ends_at"]
    list_filter = ["cohort", "skill", "starts_at"]
    list_select_related = ["cohort", "skill", "creator"]
    search_fields = ["cohort__name", "creator__username"]


@admin.register(CoPractice)
class CoPracticeAdmin(ReadOnlyAdmin):
    list_display = ["host", "friend", "deck", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["host", "friend", "deck__skill"]
    search_fields = ["host__username", "friend__username"]
