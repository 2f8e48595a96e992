"""Review new accounts."""

from datetime import datetime

from viral_engine.accounts.events import AccountCreated
from viral_engine.accounts.models import User
from viral_engine.accounts.services.consent import SIGN_UP
from viral_engine.kernel.agent_registry import TRUST_AND_SAFETY
from viral_engine.kernel.models import Decision
from viral_engine.safety import rules
from viral_engine.safety.services.checks import SafetyDecision, detection_of, record_verdict
from viral_engine.safety.services.signals import read_facts


def review_sign_up(event: AccountCreated, at: datetime) -> None:
    """Compare a new account with others by device, mailbox and IP address, log the risk, and open a case from 0.4.

    The same signals are read by every later check of the person, so that the verdict has effect. A durable listener.

    Cost  3 statements; 2 more for an account that staff should read.
    """
    user = User.objects.get(pk=event.user_id)
    facts = read_facts(user, SIGN_UP, at)
    weighing = rules.weigh(facts.risk)
    decision = Decision(
        agent=TRUST_AND_SAFETY.key,
        actor_id=user.pk,
        guest_id=event.guest_id,
        type=SIGN_UP,
        outcome=weighing.outcome,
        rationale=weighing.reason or "Nothing odd.",
        features={"risk": weighing.risk, "signals": weighing.weights, "same_ip": facts.risk.neighbors},
        decided_at=at,
    )
    detection = detection_of(user, SIGN_UP, facts, weighing, weighing.outcome)
    record_verdict(SafetyDecision(None, decision, detection=detection))
