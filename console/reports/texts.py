"""The words of reports that go out by e-mail and to Slack; figures are named as on the overview."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

REPORTS: Mapping[str, Text] = {
    "sent_title_week": Text("{shop} 客服周报 {name}", "{shop}: service report, week {name}"),
    "sent_title_month": Text("{shop} 客服月报 {name}", "{shop}: service report, {name}"),
    "sent_lead_week": Text("和前一周相比", "against the week before"),
    "sent_lead_month": Text("和前一个月相比", "against the month before"),
    "sent_before": Text("上期 {value}", "was {value}"),
    "sent_empty": Text("这段时间没有顾客来过。", "Nobody wrote in this period."),
    "sent_counting": Text(
        "历史数据还在重新统计，这些数字不完整。",
        "Figures are still being counted anew; these are not complete.",
    ),
    "sent_same": Text("持平", "unchanged"),
    "sent_points": Text("{change} 个百分点", "{change} pts"),
    "sent_figures": Text("关键数字", "Key figures"),
    "sent_entries": Text("最常回答的条目", "Top entries"),
    "sent_no_entries": Text("机器人这段时间没有回答过。", "The bot answered nothing in this period."),
    "sent_gaps": Text("答得不好的问题", "Asked and not answered well"),
    "sent_no_gaps": Text("这段时间没有问到待处理的缺口。", "No open gap was asked about in this period."),
    "sent_promises": Text("承诺达成", "Promises kept"),
    "sent_no_promises": Text("这段时间没有到期的承诺。", "No promise ended in this period."),
    "sent_open_overview": Text("打开概览", "Open the overview"),
    "sent_open_report": Text("可打印的完整报告", "The whole report to print"),
    "sent_open_gaps": Text("处理缺口", "Work on the gaps"),
    "sent_attached": Text(
        "全部数字（含坐席）在附件的 Excel 表格里。",
        "All figures, agents’ too, are in the attached Excel file.",
    ),
    "sent_why": Text(
        "这封报告由首问自动发出，收件人在 config.yml 的 reports 里设置。",
        "Shouwen sends this by itself; who gets it is set under reports in config.yml.",
    ),
}
