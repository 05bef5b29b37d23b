"""The words of the page of canned replies, in Chinese and English."""

from collections.abc import Mapping

from handoff.wording.words.text import Text

REPLIES: Mapping[str, Text] = {
    "kb_tab_replies": Text("常用语", "Canned replies"),
    "kb_list_replies": Text("常用语", "Canned replies"),
    "kb_topic_replies": Text("常用语", "Canned replies"),
    "kb_topic_language": Text("还没翻译的答案", "Answers that are not translated"),
    "kb_replies_hint": Text(
        "坐席常说的话，在工单里一点就填进回复框。机器人不学，也不说。",
        "What agents often say; one press puts it into the reply. The bot neither learns nor says these.",
    ),
    "kb_replies_none": Text(
        "还没有常用语。从每天都要打的那句话开始。",
        "There are none yet. Begin with the sentence that you type every day.",
    ),
    "kb_variables": Text("可用的变量", "Variables"),
    "kb_variables_hint": Text(
        "发送时自动填好。{customer} 不一定知道，要和前后的标点一起放进方括号：您好[，{customer}]！",
        "Filled in when it is used. {customer} is not always known: put it in square brackets "
        "with what goes with it: Hello[, {customer}]!",
    ),
    "kb_variable_customer": Text("顾客的称呼", "the customer’s name"),
    "kb_variable_agent": Text("坐席的名字", "the agent’s name"),
    "kb_variable_number": Text("工单号", "the ticket’s number"),
    "kb_variable_queue": Text("队列名", "the queue’s name"),
    "kb_variable_shop": Text("店名", "the shop’s name"),
    "kb_sample_customer": Text("王芳", "Fang Wang"),
    "kb_sample_agent": Text("小李", "Mei"),
    "kb_sample_queue": Text("客服", "Service"),
    "kb_sample_shop": Text("本店", "our shop"),
    "kb_reply_new": Text("新建常用语", "New canned reply"),
    "kb_reply_title": Text("标题", "Title"),
    "kb_reply_text": Text("内容", "Text"),
    "kb_reply_queues": Text("用在哪些队列", "Offered in"),
    "kb_reply_queues_hint": Text("一个也不选就到处可用", "None chosen: everywhere"),
    "kb_reply_everywhere": Text("所有队列", "everywhere"),
    "kb_reply_preview": Text("顾客会看到", "The customer will read"),
    "kb_reply_saved": Text(
        "已保存到草稿，发布后坐席才用得到。",
        "Saved to the draft. Agents get it once that is published.",
    ),
    "kb_reply_deleted": Text(
        "已从草稿删除，发布后坐席就用不到了。",
        "Deleted from the draft. Agents lose it once that is published.",
    ),
    "kb_reply_theirs": Text("别人刚保存的", "What somebody else has just saved"),
    "kb_reply_theirs_gone": Text(
        "刚才有别人删了这一条。再点保存，就用您的内容新建。",
        "Somebody else has just deleted it. Save again to make it anew from your text.",
    ),
    "kb_fault_variable": Text(
        "没有 {variable} 这个变量，可用的在上面",
        "There is no variable {variable}; those there are stand above",
    ),
    "kb_fault_bare_variable": Text(
        "{variable} 不一定知道，放进方括号，比如 [，{variable}]",
        "{variable} is not known of every customer: put it in square brackets, such as [, {variable}]",
    ),
    "kb_fault_reply_long": Text("太长了，最多 {most} 字", "This is too long: at most {most} characters"),
    "kb_fault_reply_shape": Text("这里填得不对", "This is not right yet"),
}
