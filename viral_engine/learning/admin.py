from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html

from viral_engine.kernel.admin import ReadOnlyAdmin
from viral_engine.kernel.clock import now
from viral_engine.learning.bank import has_templates, preview_questions
from viral_engine.learning.models import (
    Achievement,
    Answer,
    Attempt,
    Deck,
    DeckQuestion,
    Progress,
    Question,
    Result,
    Skill,
    Subject,
    TutoringSession,
    TutorStudent,
)

MAX_SEED = 40  # characters


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin[Subject]):
    list_display = ["name", "slug", "position"]
    list_filter = ["name"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Skill)
class SkillAdmin(admin.ModelAdmin[Skill]):
    list_display = ["name", "subject", "slug", "position", "first_grade", "questions"]
    list_filter = ["subject", "first_grade"]
    list_select_related = ["subject"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_urls(self) -> Any:
        preview = self.admin_site.admin_view(self.preview)
        return [path("<id:pk>/preview/", preview, name="learning_skill_preview"), *super().get_urls()]

    @admin.display(description="questions")
    def questions(self, skill: Skill) -> str:
        return format_html('<a href="{}">Preview</a>', reverse("admin:learning_skill_preview", args=[skill.pk]))

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the skill's questions with answers and steps; `?seed=` draws others from the templates, unsaved."""
        skill = Skill.objects.filter(pk=pk).first()
        if skill is None:
            raise Http404
        if not self.has_view_permission(request, skill):
            raise PermissionDenied
        seed = request.GET.get("seed", "").strip()[:MAX_SEED]
        drawn = preview_questions(skill.slug, seed) if seed else []
        context = self.admin_site.each_context(request) | {
            "title": f"Questions of {skill.name}",
            "skill": skill,
            "seed": seed,
            "has_templates": has_templates(skill.slug),
            "questions": drawn or skill.questions.filter(is_active=True).order_by("difficulty", "key"),
            "is_drawn": bool(drawn),
        }
        return render(request, "admin/learning/skill/preview.html", context)


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin[Question]):
    list_display = ["key", "skill", "difficulty", "kind", "prompt", "is_active", "edited_at"]
    list_filter = [
        "skill__subject",
        "skill",
        "kind",
        "difficulty",
        "is_active",
        ("edited_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["skill"]
    search_fields = ["key", "prompt"]
    readonly_fields = ["edited_at"]

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: Any) -> None:
        """Mark the edit, so that the next deploy's question bank does not undo it."""
        if form.changed_data:
            obj.edited_at = now()
        super().save_model(request, obj, form, change)


class AnswerInline(admin.TabularInline[Answer, Attempt]):
    model = Answer
    extra = 0
    can_delete = False
    readonly_fields = ["position", "question", "choice", "response", "is_correct", "answered_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        return super().get_queryset(request).select_related("question")


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["id", "user", "guest", "kind", "subject", "skill", "started_at", "deadline_at", "finished_at"]
    list_filter = ["kind", "subject", "skill", ("finished_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user", "guest", "subject", "skill"]
    search_fields = ["=id", "user__username", "=link_code"]
    inlines = [AnswerInline]


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ["attempt", "position", "question", "choice", "response", "is_correct", "answered_at"]
    list_filter = ["is_correct"]
    list_select_related = ["attempt", "question"]
    search_fields = ["=attempt__id", "question__key"]


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    list_display = ["attempt", "subject", "skill", "score", "correct", "total", "duration_s", "xp", "finished_at"]
    list_filter = ["attempt__kind", "subject", "skill", "finished_at"]
    list_select_related = ["attempt", "subject", "skill"]
    search_fields = ["=attempt__id", "attempt__user__username"]


@admin.register(Progress)
class ProgressAdmin(ReadOnlyAdmin):
    list_display = ["user", "xp", "streak_days", "last_active_on", "warned_on"]
    list_filter = ["last_active_on"]
    list_select_related = ["user"]
    search_fields = ["user__username"]


class DeckQuestionInline(admin.TabularInline[DeckQuestion, Deck]):
    model = DeckQuestion
    extra = 0
    can_delete = False
    readonly_fields = ["position", "question"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeckQuestion]:
        return super().get_queryset(request).select_related("question")


@admin.register(Deck)
class DeckAdmin(ReadOnlyAdmin):
    list_display = ["id", "skill", "created_at", "expires_at"]
    list_filter = ["skill"]
    list_select_related = ["skill"]
    search_fields = ["=id", "skill__name"]
    inlines = [DeckQuestionInline]


@admin.register(DeckQuestion)
class DeckQuestionAdmin(ReadOnlyAdmin):
    list_display = ["deck", "position", "question"]
    list_filter = ["deck__skill"]
    list_select_related = ["deck__skill", "question"]
    search_fields = ["=deck__id", "question__key"]


@admin.register(Achievement)
class AchievementAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "skill", "earned_at"]
    list_filter = ["kind", "skill", "earned_at"]
    list_select_related = ["user", "skill"]
    search_fields = ["user__username"]


@admin.register(TutorStudent)
class TutorStudentAdmin(admin.ModelAdmin[TutorStudent]):
    """Staff connect tutors with students; tutors cannot choose students themselves."""

    list_display = ["tutor", "student", "created_at"]
    list_filter = ["created_at"]
    list_select_related = ["tutor", "student"]
    search_fields = ["tutor__username", "student__username"]
    autocomplete_fields = ["tutor", "student"]


@admin.register(TutoringSession)
class TutoringSessionAdmin(ReadOnlyAdmin):
    """The transcript and its summary belong to the family: staff see that they exist, but not their text."""

    list_display = ["id", "tutor", "student", "subject", "started_at", "duration_min", "rating", "processed_at"]
    list_filter = ["subject", "rating", ("processed_at", admin.EmptyFieldListFilter), "started_at"]
    list_select_related = ["tutor", "student", "subject"]
    search_fields = ["=id", "tutor__username", "student__username"]
    exclude = ["transcript", "summary"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TutoringSession]:
        """Nothing is read or decrypted that the page does not show."""
        return super().get_queryset(request).defer(*self.exclude)
