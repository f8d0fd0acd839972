"""The role prompts of emotional support. Version them with the scenario: a changed word changes transcripts.

`SUPPORTER["zh"]` is the paper's Figure 4, word for word, and `SUPPORTER["en"]` the translation printed under it. The paper prints
no prompt for its help-seeker simulator; ours has the same form and puts the condition in words (§4.4).
"""

from __future__ import annotations

SUPPORTER = {
    "zh": "【任务】: 请根据倾听者和来访者的历史对话, 生成倾听者的思维链和相应的倾听者回复。\n\n【历史对话】: \n\t{conversation}\n\n请判断倾听者思维链, 并做出对来访者的回复。\n",
    "en": "[Task]: Based on the historical conversation between the listener and the visitor, generate the listener's thought process and the corresponding listener's response.\n\nHistorical Conversation:\n\n{conversation}\n\nPlease determine the listener's thought process and provide a response to the visitor.\n",
}
"""Figure 4: the whole conversation inside one message (layout "figure")."""

SUPPORTER_SYSTEM = {
    "zh": "【任务】: 请根据倾听者和来访者的历史对话, 生成倾听者的思维链和相应的倾听者回复。\n请判断倾听者思维链, 并做出对来访者的回复。\n",
    "en": "[Task]: Based on the historical conversation between the listener and the visitor, generate the listener's thought process and the corresponding listener's response.\nPlease determine the listener's thought process and provide a response to the visitor.\n",
}
"""Figure 4 without its conversation, which follows as chat turns (layout "chat")."""

STRATEGIES = {
    "zh": "请在每次回复的开头用方括号写出听到了什么和所用的策略, 可从以下选择一个或多个: {names}。引号里的 #1 代表对方刚说过的第一个实词, 依此类推。\n",
    "en": "Begin every response in brackets with what you heard and its strategy, one or more of: {names}. In quotation marks, #1 is the first content word of what was just said.\n",
}
"""Added to the supporter's prompt in layout "strategy"; the names are ours."""

SEEKER_SYSTEM = {
    "zh": "【任务】: 请扮演来访者, 生成来访者的状态和相应的来访者回复。{condition}\n",
    "en": "[Task]: Play the role of the visitor, and generate the visitor's state and the corresponding visitor's response. {condition}\n",
}
SEEKER = {
    "zh": SEEKER_SYSTEM["zh"] + "\n【历史对话】: \n\t{conversation}\n\n请判断来访者的状态, 并做出对倾听者的回复。\n",
    "en": SEEKER_SYSTEM["en"] + "\nHistorical Conversation:\n\n{conversation}\n\nPlease determine the visitor's state and provide a response to the listener.\n",
}

ANNOTATE = {
    "zh": "下面是一段来访者与倾听者的对话。请只写出来访者此刻的状态, 按照以下格式, 每一项用分号隔开, 没有则写“无”:\n{form}\n\n【对话】: \n\t{conversation}\n",
    "en": "Below is a conversation between a visitor and a listener. Write down the visitor's state at its end and nothing else, in this form, items separated by semicolons, \"none\" where there is nothing:\n{form}\n\nConversation:\n\t{conversation}\n",
}
"""Appendix A.1: a chat model writes the states of a corpus that has none, in the form of Table 4."""

EXTRACT = {
    "zh": "下面是一段来访者与倾听者的对话。请概括来访者的情况, 每行一类, 每一项用分号隔开:\n困扰: \n感受: \n想法: \n需求: \n请求: \n\n【对话】: \n\t{conversation}\n",
    "en": "Below is a conversation between a visitor and a listener. Summarise the visitor's condition, one kind a line, items separated by semicolons:\nTroubles: \nFeelings: \nThoughts: \nNeeds: \nRequests: \n\nConversation:\n\t{conversation}\n",
}
"""§4.4: a chat model extracts the condition of a conversation's seeker."""
