"""Why an act at the desk is refused: each reason has a code and facts, so that every desk can say it in its agent's language."""

from collections.abc import Mapping
from enum import StrEnum

from core.errors import BadInput, NotAllowed


class Objection(StrEnum):
    """What stands against an act, or is wrong with what was sent for it."""

    # The ticket
    STATE = "state"  # its state does not let this happen
    DONE = "done"
    OPEN = "open"
    OTHER_OPEN = "other_open"
    NOT_RESOLVED = "not_resolved"
    NO_INCIDENT = "no_incident"
    SPOKEN = "spoken"  # nobody delivers to its customer
    NOT_SPOKEN = "not_spoken"  # its customer reads what is written
    # Whose it is
    NOT_TAKEN = "not_taken"
    TAKEN = "taken"
    COLLEAGUES = "colleagues"
    HAS_IT = "has_it"
    NOT_OFFERED = "not_offered"
    OFFERED_TO = "offered_to"
    OFFERED_TO_QUEUE = "offered_to_queue"
    NOT_FIRST_OWNER = "not_first_owner"
    NOT_SUPERVISOR = "not_supervisor"
    NOT_TIER_SETTER = "not_tier_setter"
    # What was said
    NOT_AUTHOR = "not_author"
    WITHDRAWN = "withdrawn"
    NOT_FAILED = "not_failed"
    BANNED = "banned"
    # A complaint, and its corrective actions
    STAGE = "stage"  # of the procedure does not let this happen
    CONCERNED = "concerned"  # it is about who acts
    HANDLED = "handled"  # who acts has handled it
    NOT_PROPOSER = "not_proposer"
    INVESTIGATED = "investigated"  # by a colleague, whom somebody has named meanwhile
    EARLY_VISIT = "early_visit"
    RESOLVED_COMPLAINT = "resolved_complaint"
    STILL_COMPLAINT = "still_complaint"
    ACTION_STATE = "action_state"
    OTHERS_ACTION = "others_action"
    OWN_ACTION = "own_action"
    # What was sent
    NO_PERSON = "no_person"
    NO_CHOICE = "no_choice"  # where one is needed beside what was filled in
    PAST_DAY = "past_day"
    NO_TEXT = "no_text"
    LONG_TEXT = "long_text"
    MANY_FILES = "many_files"
    LARGE_FILES = "large_files"  # of one message, together
    EMPTY_FILE = "empty_file"
    FILE_KIND = "file_kind"  # by its content
    NOTE_FILES = "note_files"  # files are for customers
    NO_REASON = "no_reason"
    NO_RECEIVER = "no_receiver"
    YOURSELF = "yourself"
    NO_QUEUE = "no_queue"
    NO_KIND = "no_kind"
    INCIDENT_CLASS = "incident_class"
    NO_CATEGORY = "no_category"
    NO_TIER = "no_tier"
    LONG_TAG = "long_tag"
    MANY_TAGS = "many_tags"
    NO_NAME = "no_name"
    NO_REACH = "no_reach"
    NO_MOMENT = "no_moment"
    FUTURE = "future"
    LONG_AGO = "long_ago"
    ANSWERED_COMPLAINT = "answered_complaint"
    # Accounts
    NO_USERNAME = "no_username"
    USERNAME_TAKEN = "username_taken"
    NO_EMAIL = "no_email"
    EMAIL_TAKEN = "email_taken"
    SHORT_PASSWORD = "short_password"
    NAMED_PASSWORD = "named_password"
    WRONG_PASSWORD = "wrong_password"
    LAST_ADMIN = "last_admin"
    LEFT = "left"
    # Customers who turn out to be one
    SAME_PERSON = "same_person"
    MERGED_SINCE = "merged_since"
    NOT_MERGED = "not_merged"


TOLD: Mapping[Objection, str] = {
    Objection.STATE: "a ticket that is {state} cannot be “{kind}”, only: {allowed}",
    Objection.DONE: "ticket {number} is resolved; the bot answers this customer again",
    Objection.OPEN: "ticket {number} is open",
    Objection.OTHER_OPEN: "the customer's ticket {other} is open already; go on there",
    Objection.NOT_RESOLVED: "ticket {number} is {state}; only what is resolved is closed",
    Objection.NO_INCIDENT: "ticket {number} is no incident; sort it as one first",
    Objection.SPOKEN: "the customer of ticket {number} gets no messages; call, and log what was said",
    Objection.NOT_SPOKEN: "the customer of ticket {number} reads what is written; reply there",
    Objection.NOT_TAKEN: "take ticket {number} first",
    Objection.TAKEN: "{agent} has taken ticket {number} already",
    Objection.COLLEAGUES: "ticket {number} is a colleague's; leave a note instead",
    Objection.HAS_IT: "{agent} has ticket {number} already",
    Objection.NOT_OFFERED: "ticket {number} is not offered to anybody any more",
    Objection.OFFERED_TO: "ticket {number} is offered to {agent}",
    Objection.OFFERED_TO_QUEUE: "ticket {number} is offered to colleagues of the queue {queue}",
    Objection.NOT_FIRST_OWNER: "{agent} is the first owner of ticket {number} and confirms it",
    Objection.NOT_SUPERVISOR: "only a supervisor of the queue {queue} gives its tickets to others; transfer it instead",
    Objection.NOT_TIER_SETTER: "only a supervisor sets the tier of a customer",
    Objection.NOT_AUTHOR: "only who wrote a message in ticket {number} corrects or withdraws it",
    Objection.WITHDRAWN: "this message in ticket {number} has been withdrawn",
    Objection.NOT_FAILED: "there is nothing to send again in ticket {number}",
    Objection.BANNED: "holds {phrase!r}: {why} Better: {better}",
    Objection.STAGE: "a complaint that is {stage} cannot be “{kind}”, only: {allowed}",
    Objection.CONCERNED: "{agent} cannot {act} the complaint {number}: {agent} is whom it is about. A colleague has to",
    Objection.HANDLED: "{agent} cannot {act} the complaint {number}: {agent} has handled it. A colleague has to",
    Objection.NOT_PROPOSER: "the proposal in complaint {number} is for its assignee or its investigator to make",
    Objection.INVESTIGATED: "{agent} is looking into it already; choose them, or name another afterwards",
    Objection.EARLY_VISIT: "ticket {number} is {state}; the visit comes after it is resolved",
    Objection.RESOLVED_COMPLAINT: "ticket {number} is resolved; reopen it to take it up as a complaint",
    Objection.STILL_COMPLAINT: "complaint {number} is {stage}; only {people} can say that it is none",
    Objection.ACTION_STATE: "a corrective action that is {state} cannot be “{kind}”, only: {allowed}",
    Objection.OTHERS_ACTION: "this action is {agent}’s to do, and to report",
    Objection.OWN_ACTION: "whoever did an action does not verify it; a colleague has to look",
    Objection.NO_PERSON: "there is nobody with this id; choose again",
    Objection.NO_CHOICE: "choose this, too",
    Objection.PAST_DAY: "{day} is over; choose today or a later day",
    Objection.NO_TEXT: "is empty; write something first",
    Objection.LONG_TEXT: "has {count:,} characters; send at most {most:,} at a time",
    Objection.MANY_FILES: "are {count}; send at most {most} with one message",
    Objection.LARGE_FILES: "have {size} MB together; send at most {most} MB with one message",
    Objection.EMPTY_FILE: "{file} is empty; choose it again",
    Objection.FILE_KIND: "{file} is of no kind that can be sent; these can: {kinds}",
    Objection.NOTE_FILES: "go to customers only; leave them out of a note",
    Objection.NO_REASON: "is empty; say why in a few words",
    Objection.NO_RECEIVER: "name a colleague or a queue",
    Objection.YOURSELF: "this is you; name a colleague",
    Objection.NO_QUEUE: "{queue} is no queue; choose one of {queues}",
    Objection.NO_KIND: "say what the ticket is about",
    Objection.INCIDENT_CLASS: "an incident has a class, 1 or 2, and nothing else has one",
    Objection.NO_CATEGORY: "{category} is no category; choose one of {categories}",
    Objection.NO_TIER: "{tier} is no tier; choose one of {tiers}",
    Objection.LONG_TAG: "a tag has {most} characters at most",
    Objection.MANY_TAGS: "a customer has {most} tags at most",
    Objection.NO_NAME: "give a name, or a telephone number or an e-mail address",
    Objection.NO_REACH: "is no telephone number with its area code, and no e-mail address; mend it, or leave it empty",
    Objection.NO_MOMENT: "is no date and time; write for example 2026-11-26T09:30",
    Objection.FUTURE: "has not come yet; give the time when it was",
    Objection.LONG_AGO: "is more than {days} days ago; give the time when it was",
    Objection.ANSWERED_COMPLAINT: "a complaint is followed up, also when it was answered; choose who does",
    Objection.NO_USERNAME: "use letters, digits and . _ - for the user name, for example: wei",
    Objection.USERNAME_TAKEN: "{username} exists already; choose another",
    Objection.NO_EMAIL: "is no e-mail address; mend it, or leave it empty",
    Objection.EMAIL_TAKEN: "{email} belongs to {agent}; give each their own",
    Objection.SHORT_PASSWORD: "is shorter than {least} characters; a few words make a good one",
    Objection.NAMED_PASSWORD: "is the user name with little beside it; choose another",
    Objection.WRONG_PASSWORD: "is not the password; try again",
    Objection.LAST_ADMIN: "{agent} is the last admin who can sign in; make somebody else an admin first",
    Objection.LEFT: "the account of {agent} is deactivated; choose somebody else, or reactivate it",
    Objection.SAME_PERSON: "these two are one customer already",
    Objection.MERGED_SINCE: "one of them was merged into another since; undo that first, or go on there",
    Objection.NOT_MERGED: "this merge was undone already",
}


class Refused(NotAllowed):
    """The ticket's state, or who has it, forbids the act; `objection` and `facts` say why."""

    def __init__(self, objection: Objection, **facts: object) -> None:
        super().__init__(TOLD[objection].format(**facts))
        self.objection = objection
        self.facts = facts


class Unfit(BadInput):
    """What was sent for the act cannot be used; `objection` and `facts` say why."""

    def __init__(self, field: str, objection: Objection, **facts: object) -> None:
        super().__init__(field, TOLD[objection].format(**facts))
        self.objection = objection
        self.facts = facts
