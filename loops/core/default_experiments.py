"""The three experiments that ship with the loops, as drafts: an admin starts them."""

from experiments.models import Experiment, Metric
from experiments.services.drafts import ArmDraft, ExperimentDraft, MetricDraft, create_drafts
from loops.events import InviteSent, LinkClicked, PromptDismissed
from viral_engine.learning.events import FvmReached

Role = Metric.Role

OFFERS_DISMISSED = MetricDraft(
    role=Role.GUARDRAIL, title="Offers dismissed", event=PromptDismissed, is_more_better=False, limit=0.2
)
BUDDY_CHALLENGE_COPY = ExperimentDraft(
    key="buddy_challenge_copy",
    title="Buddy Challenge copy",
    hypothesis="If the offer invites a friend to play together instead of daring them, more learners will send it.",
    unit=Experiment.Unit.TREE,
    arms=(
        ArmDraft(key="control", title="Dare a friend", weight_bp=5000),
        ArmDraft(
            key="variant_a",
            title="Play together",
            weight_bp=5000,
            params={
                "title": "Play it together",
                "headline": "I got {score}% in {skill}. Play the same five with me?",
                "pitch": "Five questions, two minutes, no account needed.",
                "es": {
                    "title": "Jueguen juntos",
                    "headline": "Saqué {score}% en {skill}. ¿Juegas las mismas cinco conmigo?",
                    "pitch": "Cinco preguntas, dos minutos, sin crear una cuenta.",
                },
            },
        ),
    ),
    metrics=(
        MetricDraft(role=Role.PRIMARY, title="Invites sent", event=InviteSent),
        MetricDraft(role=Role.GOAL, title="Friends who got going", event=FvmReached),
        OFFERS_DISMISSED,
    ),
)
REWARD_AMOUNTS = ExperimentDraft(
    key="reward_amounts",
    title="Reward amounts",
    hypothesis="Two shields bring more friends to their first right answer than one shield, and points fewer.",
    unit=Experiment.Unit.TREE,
    arms=(
        ArmDraft(key="control", title="One shield", weight_bp=3300, params={"shields": 1}),
        ArmDraft(key="high_reward", title="Two shields", weight_bp=3300, params={"shields": 2}),
        ArmDraft(key="low_reward", title="100 points", weight_bp=3400, params={"points": 100}),
    ),
    metrics=(
        MetricDraft(role=Role.PRIMARY, title="Friends who got going", event=FvmReached),
        MetricDraft(role=Role.GOAL, title="Invites sent", event=InviteSent),
        OFFERS_DISMISSED,
    ),
)
CARD_DESIGN = ExperimentDraft(
    key="card_design",
    title="Design of cards",
    hypothesis="A card on paper or under a night sky is opened by more friends than one in a single bright color.",
    unit=Experiment.Unit.TREE,
    arms=(
        ArmDraft(key="control", title="Bright", weight_bp=3400, params={"design": "bright"}),
        ArmDraft(key="paper", title="Paper with confetti", weight_bp=3300, params={"design": "paper"}),
        ArmDraft(key="night", title="Night sky", weight_bp=3300, params={"design": "night"}),
    ),
    metrics=(
        MetricDraft(role=Role.PRIMARY, title="Links opened", event=LinkClicked),
        MetricDraft(role=Role.GOAL, title="Friends who got going", event=FvmReached),
        OFFERS_DISMISSED,
    ),
)


def load_default_experiments() -> list[Experiment]:
    """Create the drafts where they are missing, and return the created ones."""
    return create_drafts((BUDDY_CHALLENGE_COPY, REWARD_AMOUNTS, CARD_DESIGN))
