"""What customers are told of their complaints, in Chinese and English."""

from core.languages import ReplyLanguage
from core.messages import Button
from handoff.complaints.life import Answer

LABELS: dict[ReplyLanguage, dict[Answer, str]] = {
    "zh": {Answer.ACCEPTED: "接受", Answer.DECLINED: "不接受"},
    "en": {Answer.ACCEPTED: "Accept", Answer.DECLINED: "Not acceptable"},
}


def proposal(language: ReplyLanguage, text: str) -> str:
    """A proposal, and what to do with it."""
    if language == "zh":
        return f"{text}\n\n这个方案您接受吗？请点下面的按钮；想改哪里，直接写在这里就行。"
    return f"{text}\n\nIs this acceptable to you? Please press a button, or write what should be different."


def proposal_buttons(language: ReplyLanguage, action: str) -> tuple[Button, ...]:
    """Accept it, or not; `action` names the proposal."""
    return tuple(
        Button(action=f"{action}:{answer}", label=label) for answer, label in LABELS[language].items()
    )


def answered(language: ReplyLanguage, answer: Answer, *, number: str, agent: str) -> str:
    """That the customer's answer has arrived, and what follows."""
    match language, answer:
        case "zh", Answer.ACCEPTED:
            return (
                f"收到，您接受这个方案（工单 {number}）。{agent} 会照此办好；办结后另有同事来问问您是否满意。"
            )
        case "zh", Answer.DECLINED:
            return f"明白，这个方案您不接受（工单 {number}）。希望怎样解决，直接写在这里；{agent} 会再给您一个方案。"
        case "zh", _:
            return f"记下了，您不再追究这件事（工单 {number}）。改主意了，直接写在这里就行。"
        case _, Answer.ACCEPTED:
            return (
                f"Thank you, you accept the proposal (ticket {number}). {agent} will carry it out; "
                "afterwards another colleague will ask you whether all is well."
            )
        case _, Answer.DECLINED:
            return (
                f"Understood, this is not acceptable to you (ticket {number}). Write here what would be; "
                f"{agent} will come back with another proposal."
            )
        case _:
            return (
                f"Noted: you do not want to pursue this any further (ticket {number}). "
                "If you change your mind, just write here."
            )


def answered_before(language: ReplyLanguage, answer: Answer, *, number: str, agent: str) -> str:
    """To who presses again: what counts, and how to change it."""
    label = LABELS[language].get(answer, "")
    if language == "zh":
        said = f"您之前已选「{label}」" if label else "这件事已记下"
        return f"{said}（工单 {number}），不用再点。改主意了，直接写在这里，{agent} 会看到。"
    said = f"You have answered “{label}” already" if label else "This has been settled already"
    return f"{said} (ticket {number}). If you have changed your mind, write it here for {agent}."


def replaced(language: ReplyLanguage) -> str:
    """To who presses a button of an older proposal, while a newer one waits."""
    if language == "zh":
        return "这是之前的方案，后来又给您发过新的。请看最新的那条，点它下面的按钮。"
    return "That was an earlier proposal; there is a newer one. Please use the buttons under the newest."


def over(language: ReplyLanguage) -> str:
    """To who presses a button when there is nothing to choose any more."""
    if language == "zh":
        return "这个方案已经不用再选了。还有没解决的，直接写在这里，或说「转人工」。"
    return "There is nothing left to choose here. If something is still open, write it here, or say “agent”."


def visited(language: ReplyLanguage, *, number: str) -> str:
    """That the follow-up visit found all well."""
    if language == "zh":
        return f"谢谢您接受回访（工单 {number}）。以后有任何不满意，随时写在这里。"
    return f"Thank you for telling us that all is well (ticket {number}). If anything comes up, write here."
