from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from feeds.models import Activity, ChatCounter, ChatMute, CohortChallenge, CoPractice, Message, MessageReport, Reaction
from feeds.services import chat
from viral_engine.accounts.identity import require_user
from viral_engine.kernel.admin import ReadOnlyAdmin
from viral_engine.kernel.clock import now
from viral_engine.staff.services.staff_log import log_change


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


@admin.register(MessageReport)
class MessageReportAdmin(ReadOnlyAdmin):
    """The queue of reported messages. Hiding a message settles all its reports."""

    list_display = ["message", "reporter", "at", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter), "message__cohort", "at"]
    list_select_related = ["message__author", "reporter"]
    search_fields = ["reporter__username", "message__author__username", "message__text"]
    actions = ["hide_messages", "let_messages_stand"]

    def has_hide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("feeds.hide_message")

    @admin.action(description="Hide the messages from everybody", permissions=["hide"])
    def hide_messages(self, request: HttpRequest, queryset: QuerySet[MessageReport]) -> None:
        at = now()
        for report in queryset.select_related("message"):
            with transaction.atomic():
                chat.hide_message(message=report.message, at=at)
                log_change(by=require_user(request), rows=[report.message], message="Hidden from everybody.")
        self.message_user(request, "Hidden. Nobody can see them now.")

    @admin.action(description="Keep the messages visible", permissions=["hide"])
    def let_messages_stand(self, request: HttpRequest, queryset: QuerySet[MessageReport]) -> None:
        with transaction.atomic():
            log_change(by=require_user(request), rows=list(queryset), message="Settled: the message stays visible.")
            chat.settle_reports(reports=queryset, at=now())
        self.message_user(request, "Settled. The messages stay visible.")


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
