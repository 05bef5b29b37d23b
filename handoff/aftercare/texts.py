"""What customers are asked and told when a ticket is done, in Chinese and English: surveys, care visits."""

from collections.abc import Collection, Mapping

from core.languages import ReplyLanguage

SOLVED: dict[ReplyLanguage, dict[str, str]] = {
    "zh": {"solved": "已解决", "not_solved": "没解决"},
    "en": {"solved": "Solved", "not_solved": "Not solved"},
}
SKIP: dict[ReplyLanguage, str] = {"zh": "跳过", "en": "Skip"}
# What else people type for a button, right after it was shown. In both languages: an answer may come in the other.
OTHER_WORDS: Mapping[str, Collection[str]] = {
    "solved": {
        *(
            "已解决",
            "解决了",
            "已经解决",
            "已经解决了",
            "解决",
            "是",
            "是的",
            "对",
            "搞定了",
            "好了",
            "可以了",
            "没问题了",
        ),
        *("solved", "it is", "it's solved", "yes", "yep", "yeah", "yes it is", "all good", "resolved"),
    },
    "not_solved": {
        *(
            "没解决",
            "没有解决",
            "还没解决",
            "还没有解决",
            "未解决",
            "否",
            "不是",
            "没有",
            "没",
            "还没",
            "还没有",
        ),
        *("没好", "还没好", "没搞定", "不行", "还是不行"),
        *("not solved", "no", "nope", "not yet", "no it's not", "it's not", "it's not solved", "not really"),
        *("still not solved", "not resolved", "unsolved"),
    },
    "skip": {
        *("跳过", "没有", "没有了", "没了", "不用", "不用了", "不写了", "不说了", "算了", "无"),
        *("skip", "skip it", "no", "nope", "none", "nothing", "no thanks", "no comment", "nah"),
    },
}


def is_it_solved(language: ReplyLanguage, *, number: str, agent: str) -> str:
    """That an agent has resolved the ticket, and whether the customer sees it so."""
    if language == "zh":
        return f"{agent} 已将工单 {number} 标记为已解决。您看解决了吗？没解决就点「没解决」，还由 {agent} 接着办。"
    return (
        f"{agent} has marked ticket {number} as resolved. Is it solved for you? "
        f"If not, choose “Not solved”, and {agent} will go on with it."
    )


def ask_score(language: ReplyLanguage) -> str:
    """How content they are."""
    if language == "zh":
        return "太好了。这次服务您打几分？1 分很不满意，5 分非常满意。"
    return "Good to hear. How was our service this time, from 1 (very poor) to 5 (very good)?"


def ask_recommendation(language: ReplyLanguage) -> str:
    """How likely they are to recommend us."""
    if language == "zh":
        return "太好了。您有多大可能把我们推荐给亲友？0 分完全不会，10 分一定会。"
    return (
        "Good to hear. How likely are you to recommend us to a friend, from 0 (not at all) to 10 (certainly)?"
    )


def ask_comment(language: ReplyLanguage, *, is_low: bool) -> str:
    """Why."""
    match language, is_low:
        case "zh", True:
            return "记下了，负责的同事和主管都会看到。哪里没做好？直接写给我就行，也可以跳过。"
        case "zh", _:
            return "记下了。有什么想对我们说的？直接写给我就行，也可以跳过。"
        case _, True:
            return (
                "Noted. The colleague in charge and the supervisor will see it. "
                "What should we have done better? Just write it, or skip."
            )
        case _:
            return "Noted. Anything you would like to tell us? Just write it, or skip."


def thanks(language: ReplyLanguage, *, has_comment: bool) -> str:
    """That this was all."""
    if language == "zh":
        return "谢谢，您的话已记在工单里，同事会看到。" if has_comment else "谢谢您的评价。有事随时找我。"
    return (
        "Thank you. Your words are kept with the ticket, where colleagues see them."
        if has_comment
        else "Thank you for your rating. I am here whenever you need something."
    )


def known(language: ReplyLanguage) -> str:
    """To a button that was pressed before, or whose time has passed."""
    if language == "zh":
        return "您之前的回答已经记下了，不用再点。如果问题又出现了，说「转人工」，马上接着办。"
    return (
        "I have your earlier answer, so there is nothing more to press. "
        "If the problem is back, say “agent”, and we will go on with it."
    )


def is_open(language: ReplyLanguage, *, number: str, agent: str | None) -> str:
    """To a button of a survey while the work goes on."""
    if language == "zh":
        who = f"{agent} 正在跟进" if agent else "正在等同事接手"
        return f"工单 {number} {who}，有什么要补充的，直接写在这里，TA 会看到。"
    who = f"{agent} is on it" if agent else "it waits for a colleague"
    return f"Ticket {number} is open and {who}. Just write here whatever there is to add."


def too_late(language: ReplyLanguage) -> str:
    """To a survey of long ago."""
    if language == "zh":
        return "这份评价已经过去很久，不再收了。如果事情还没办好，说「转人工」，我们接着办。"
    return (
        "That survey is closed by now. If something is still not right, say “agent”, and we will see to it."
    )


def leads_nowhere(language: ReplyLanguage) -> str:
    """To a button that is nobody's, or somebody else's."""
    if language == "zh":
        return "这个按钮在这里用不了。想办什么，直接写给我，或说「转人工」。"
    return "That button does nothing here. Just write what you need, or say “agent”."


# --- Care visits --------------------------------------------------------------------------------------------

STOP: dict[ReplyLanguage, str] = {"zh": "不再接收", "en": "No more of these"}
PERSON: dict[ReplyLanguage, str] = {"zh": "转人工", "en": "Talk to a person"}
UNNAMED: dict[ReplyLanguage, str] = {"zh": "顾客", "en": "there"}  # in the place of a name


def stopped(language: ReplyLanguage) -> str:
    """That there will be no more visits."""
    if language == "zh":
        return "好的，以后不再给您发这类消息。您有事随时找我，照样回您。"
    return "All right, no more of these messages. I am still here whenever you write."
