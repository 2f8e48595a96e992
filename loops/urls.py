from django.urls import include, path

from loops.core.views import (
    cards,
    copy_kit,
    explanations,
    links,
    prompts,
    question_help,
    rewards,
    starts,
    unsubscribe,
)
from loops.installed import parts

app_name = "loops"

urlpatterns = [
    path("r/<str:token>", links.follow, name="follow"),
    path("mail/stop/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("cards/<str:token>.png", cards.card, name="card"),
    path("cards/<str:token>/story.png", cards.card, {"is_story": True}, name="story"),
    path("loops/after/<uuid:attempt_id>/", prompts.after_result, name="after_result"),
    path("loops/share/<slug:code>/", prompts.share_sheet, name="share_sheet"),
    path("loops/share/<slug:code>/sent/", prompts.share, name="share"),
    path("loops/prompts/<id:prompt_id>/dismiss/", prompts.dismiss, name="dismiss"),
    path("loops/prompts/<id:prompt_id>/why/", explanations.explain_offer, name="explain_offer"),
    path("loops/start/<slug:name>/", starts.start_loop, name="start_loop"),
    path("loops/waiting/", prompts.waiting, name="waiting"),
    path("loops/copy-kit/", copy_kit.show_copy_kit, name="copy_kit"),
    path("loops/copy-kit/<slug:name>/<slug:design>/<slug:kind>.png", copy_kit.show_sample_card, name="sample_card"),
    path("results/answers/<id:answer_id>/explain/", question_help.explain, name="explain"),
    path("rewards/", rewards.rewards, name="rewards"),
    path("rewards/shop/<slug:slug>/", rewards.buy, name="buy"),
    path("rewards/theme/", rewards.choose_theme, name="choose_theme"),
    *(path("", include(module)) for module in parts("urls")),
]
