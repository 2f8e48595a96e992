from viral_engine.safety.models.review import Report, ReviewItem, ReviewStep
from viral_engine.safety.models.signals import BlocklistEntry, DeviceFlag, MailboxKey, ReferralEdge

__all__ = ["BlocklistEntry", "DeviceFlag", "MailboxKey", "ReferralEdge", "Report", "ReviewItem", "ReviewStep"]
