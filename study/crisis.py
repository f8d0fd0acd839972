"""Hearing that somebody writes of harming themselves, in English and Chinese: by patterns, so that anybody can read what is heard.

It is to miss as little as it can: what it hears wrongly costs a notice, what it misses may cost more. It is measured on
written sentences in both languages (`tests/study/test_crisis.py`). It is no diagnosis, and no substitute for a person.
"""

from __future__ import annotations

import re
import unicodedata

_ENGLISH = (
    # naming it
    r"\bsuicid\w*", r"\bself[ -]?harm\w*", r"\bend(?:ing)? (?:my|this) (?:own )?life\b", r"\bend it all\b", r"\bending it all\b",
    r"\bunaliv\w*", r"\bkms\b", r"\btak(?:e|ing) my (?:own )?life\b", r"\b(?:to|gonna|just|should|could) off myself\b",
    # doing it to oneself
    r"\b(?:kill|killing|hurt|hurting|harm|harming|cut|cutting|hang|hanging|drown|drowning|shoot|shooting|starve|starving|burn|"
    r"burning|poison|poisoning|stab|stabbing) (?:my ?self|my (?:wrists?|arms?|legs?|thighs?))\b",
    r"\bslit(?:ting)? my (?:wrists?|throat)\b", r"\boverdos\w*\b",
    r"\b(?:swallow|take|took|taking|down)(?:ed|ing)? (?:all (?:of )?|a (?:whole )?(?:bottle|handful) of |too many )(?:my |the |these )?"
    r"(?:\w+ )?(?:pills|tablets|meds|medication)\b",
    r"\b(?:jump|jumping|throw myself|throwing myself|step|stepping|walk|walking) (?:off|in front of|from|under|into) (?:a|an|the|"
    r"this|that) (?:\w+ )?(?:bridge|roof|rooftop|building|balcony|train|traffic|truck|bus|cliff|window|tracks)\b",
    # not wanting to live
    r"\b(?:want|wanna|wanted|ready|going|rather|try|tried|like|prefer|plan|planning|need|wish|hope|longing) to (?:just )?"
    r"(?:die|be dead|stop living|stop existing|disappear forever|not exist|never wake up|not wake up|go to sleep and never wake)\b",
    r"\bwanna (?:die|be dead)\b", r"\bwant to be (?:dead|gone forever)\b",
    r"\b(?:do not|don'?t|dont|didn'?t|no longer|never) (?:really |even )?(?:want|wanna|wish|care) (?:to )?(?:live|exist|be alive|be here "
    r"any ?more|wake up|go on living|keep living)\b",
    r"\b(?:wish|wishing|wished) (?:that )?(?:i (?:was|were|could be) (?:dead|never born|gone)|i had(?: never|n'?t ever) been born|"
    r"i'd never been born|i could (?:die|just die|vanish forever|fall asleep and never wake up|sleep forever)|"
    r"i (?:didn'?t|did not|wouldn'?t|would not) (?:exist|wake up))\b",
    r"\b(?:better|easier|happier) (?:off )?(?:if i (?:was|were|am|wasn'?t|weren'?t) (?:dead|gone|around|here|alive|not here)|without me "
    r"(?:here|around|alive|in it)|dead)\b",
    r"\bbetter off (?:without me|dead)\b", r"\brather be dead\b",
    r"\bno (?:reason|point|purpose) (?:left )?(?:to|in|for) (?:live|living|life|go on living|going on|being alive|staying alive|stay alive|"
    r"me to live)\b",
    r"\b(?:can(?:no|')t|can not|cant) (?:go on|live)(?: (?:like this|this way|living|with this))? (?:any ?more|any longer|much longer)\b",
    r"\b(?:can(?:no|')t|cant) go on living\b", r"\btired of (?:living|being alive|life itself)\b", r"\bdone with life\b",
    r"\bnot worth living\b", r"\bisn'?t worth living\b", r"\bnothing (?:left )?to live for\b",
    r"\bgoodbye (?:forever|world|letters?|notes?)\b", r"\b(?:won'?t|will not) be (?:here|around|alive) (?:tomorrow|much longer|"
    r"for long|by morning|any ?more)\b",
    r"\b(?:think|thinking|thought|thoughts|dream|dreaming|fantasi[sz]e|fantasi[sz]ing) (?:about|of|on) (?:dying|death all|my own death|not "
    r"being (?:alive|here)|killing|ending (?:it|everything)|how (?:i would|i'd|to) (?:do it|die))\b",
    r"\b(?:wish|hope|hoping|wishing|want|wanted|pray) (?:that )?(?:i|to|it)\b[^.!?]{0,30}\b(?:never|not|n't|didn't|don't) wak(?:e|ing) up\b",
    r"\b(?:wish|hope|pray)\w* (?:that )?(?:i|someone|somebody|a|the)\b[^.!?]{0,30}\b(?:hit by|run over|shot|killed|hits? me|kills? me|runs? me over)",
    r"\b(?:if|once|when|that) i(?:'m| am| was| were|'d been| had been)? (?:just |simply )?(?:dead|gone|died|disappeared|not around|no longer here|ended it)\b",
    r"\b(?:don'?t|do not|can'?t|cannot|not) (?:really )?(?:see|find|have|know|think of) (?:any |a |one )?(?:single )?(?:reason|point|purpose|sense)s? "
    r"(?:left )?(?:to|in|for|of|why) (?:stay|be|being|staying|keep|remain|go on|going on|i should|live|living|liv)\w*",
    r"\b(?:reason|point)s? (?:to|in) (?:stay|staying|be|being) alive\b", r"\bno longer (?:want|wish) to be (?:here|alive)\b",
    r"\b(?:do not|don'?t|dont) (?:want|wanna|wish)(?: to)? be (?:here|in this (?:world|life))(?: any ?more)?[,.!]? ?(?:not )?(?:in|on) (?:this|the) (?:life|world|earth)",
    r"\bby the time you (?:read|see|get|find) this\b", r"\bwant(?:ed)? to (?:join|follow|be with|go to) (?:him|her|them|my \w+)(?: in (?:death|heaven|the grave))?$",
    r"\b(?:died|dead|passed|death|grave)\b.{0,40}\bi (?:just )?(?:want|wanna|wish|long) to (?:join|follow|go to|be with) (?:him|her|them)\b",
    r"\b(?:crash|drive|driving|crashing|steer|ran|run)\w* (?:my |the |a )?(?:car|bike|truck|motorbike)? ?(?:into|off|against) (?:a|the|that) (?:\w+ )?"
    r"(?:wall|tree|bridge|cliff|river|truck|post|pole|lake)\b.{0,25}\b(?:purpose|intention\w*|end|die|over|all)\b",
    r"\b(?:hit|bang|punch|scratch|bit|bite|pinch|slap)\w* (?:my (?:head|arms?|legs?|face|skin|own)|myself)\b.{0,30}\b(?:wall|until|till|bleed\w*|blood|bruis\w*|hard|punish\w*)\b",
    r"\b(?:burn|cut|scratch|carve|starv|punish)\w* (?:my ?(?:self|own|arms?|legs?|skin|thighs?|wrists?))\b.{0,40}\b(?:feel|pain|deserve|lighter|razor|blade|knife|cigarette|relief|again|last night)\b",
    r"\bdeserve (?:the |to )(?:pain|suffer|die|hurt|be dead|bleed)\b", r"\b(?:use|used|using|turn|turned|pointed?) (?:it|a gun|the gun|a knife|the knife) (?:on|at|against) (?:myself|my head)\b",
    r"\b(?:rope|noose|gun|razor|blade|pills?|knife) (?:is |are )?(?:\w+ )?(?:ready|tied|bought|loaded|hidden|waiting|beside me|in my hand)\b", r"\b(?:noose|hang(?:ing)? rope)\b",
    r"\b(?:painless|least painful|quickest|easiest|best|fastest|quick|easy) (?:way|method|means)s? (?:to|of|for) (?:die|dying|end\w* (?:it|everything)|kill\w*|death)\b",
    r"\b(?:too many|all (?:of )?(?:my|the|these|them|those)|a (?:whole )?(?:bottle|box|pack|handful) of|\d{2,}) (?:\w+ )?(?:pills|tablets|sleeping pills|painkillers|meds)\b",
    r"\bafraid of what i (?:might|could|will|would) do\b", r"\b(?:do|doing|did) (?:something )?(?:\w+ )?to myself\b",
    r"\b(?:world|family|everyone|everybody|kids|they|people|nobody|no one|parents|all|you)\b[^.!?]{0,30}\b(?:better|easier|happier|miss me|care|notice|relieved|lighter|fine)\b[^.!?]{0,25}"
    r"\b(?:without me|if i (?:was|were|am|'m|had|died|ended|weren't|wasn't|disappeared)(?: (?:gone|dead|away|not))?|when i'm (?:gone|dead))(?! (?:left|taller|late|absent|the party))\b",
)
_CHINESE = (
    r"自杀", r"自殺", r"自残", r"自殘", r"自尽", r"自盡", r"轻生", r"輕生", r"寻死", r"尋死", r"寻短见", r"尋短見", r"想不开了", r"了断",
    r"了結(?:自己|生命|一生)", r"了结(?:自己|生命|这一生|一生|此生)", r"结束(?:自己|我|这)(?:的)?(?:生命|一生|一切)", r"结束生命", r"結束(?:自己|我)?的?生命",
    r"(?:不|没|沒)(?:太|怎么)?(?:想|愿意|願意)(?:再|继续|繼續)?活", r"不如(?:去)?死", r"生不如死", r"活不下去", r"活着(?:还|也|就)?(?:有|没|沒)(?:什么|啥)?(?:意义|意思|劲|用)",
    r"(?:我|真|好|只|就|很|总|一直|经常|有时候?|突然|特别|都)(?:就|是|真的|好|不如|会|只|也)*(?:想|要)(?:去|就这么|就这样)?死(?!党|磕|记|守|心|活|我了你|机)", r"(?:我)?死了算了", r"死了(?:就|才|会)?(?:好|轻松|清净|解脱|一了百了)",
    r"(?:让|讓)我(?:去)?死", r"我(?:去)?死(?:了)?(?:吧|算了|好了)", r"一了百了", r"割(?:腕|脉|手腕|自己|手臂|手|伤自己)", r"上吊", r"跳(?:楼|樓|河|江|桥|橋|海|轨)(?!梯)",
    r"从(?:楼上|楼顶|桥上|阳台|天台|窗户)(?:上)?跳", r"(?:吞|吃)(?:下|了|掉)?(?:一|整|半|好多|很多|大量)(?:整)?(?:瓶|把|盒)?(?:的)?(?:安眠药|安定|药)", r"伤害(?:我)?自己", r"傷害自己",
    r"(?:掐|打|烫|划)(?:伤)?(?:死)?自己(?:的)?(?:手|胳膊|腿|身)?", r"遗书", r"遺書", r"(?:从|在)?这(?:个)?世界上?(?:永远)?消失", r"永远(?:地)?(?:消失|睡(?:着|下去|过去))", r"再也不(?:要|想)?醒(?:过)?来",
    r"不(?:想|要|用)(?:再)?醒(?:过)?来", r"没有(?:我|了我)(?:会|他们|大家|你们)?.{0,6}(?:更好|好过|轻松)", r"(?:没|沒)有?活(?:着|下去)的(?:意义|意思|理由|必要|勇气|动力)", r"告别(?:这个)?世界",
    r"离开(?:这个|这)世界?(?:上)?", r"不(?:想|愿)(?:再)?(?:待|留|呆)在(?:这个)?世(?:界)?上", r"(?:消失|不存在)(?:了|掉)?(?:就|会|可能)?(?:好|更好)", r"活(?:着|得)(?:好|太|真|很)累.{0,8}(?:死|解脱|结束|不想)", r"解脱(?:了)?(?:算了|吧)",
    r"活着(?:真|好|很|太|都|已经)?(?:没|沒|无|無)(?:有)?(?:什么|啥|任何|多大|多少)?(?:意思|意义|意義|劲|盼头|价值|滋味)", r"(?:如果|要是|等|假如|只要|哪天)?我(?:要是|如果)?(?:死|不在|消失|走)了.{0,10}(?:轻松|解脱|更好|好过|开心|在乎|在意|难过|高兴|负担|难受)",
    r"(?:希望|宁愿|宁可|后悔|要是|真想|如果)(?:我)?(?:从来|根本|当初|自己)?(?:就)?(?:没|沒|不)有?(?:被)?(?:出生|生下来|来到这|存在)", r"来(?:世|生)(?:再|还|我|做)", r"下辈子(?:再|还|我)(?:做|当|来|报|还)",
    r"(?:找|看|想|没)(?:不|有)?(?:到|出|了)?(?:任何|什么|一个)?(?:活|生存|活下去|活着)(?:着|下去)?的(?:理由|意义|动力|希望|勇气|必要|价值)", r"(?:用|拿)?头(?:去)?(?:撞|磕)(?:向)?(?:墙|地)", r"撞墙.{0,6}(?:流血|自己|死)", r"(?:用|拿)(?:刀|刀片|烟头|剪刀|针|打火机|指甲)(?:去)?(?:划|割|烫|扎|刺|戳|烧|掐)",
    r"(?:怎么|如何|怎样)(?:才能)?(?:去)?死(?!机|记|板|角|党|不|赖)", r"(?:不|没有?|最不)(?:那么)?(?:痛苦|疼|痛)的?(?:死|自杀|离开)(?:法|的方法|的办法|方式)?", r"死法", r"(?:希望|盼着|巴不得|最好|要是)(?:有|来|能有|被)?(?:一?辆|哪辆|什么)?车(?:能|来)?(?:把我)?撞",
    r"(?:被)?车撞死", r"吞(?:了|下)?(?:好多|很多|许多|一堆|整瓶|一把|几十|大把)", r"(?:买|攒|存|藏)(?:了|好)?.{0,6}(?:安眠药|农药|刀片|绳子|炭).{0,8}(?:打算|准备|想|全|一起|吃)", r"去死(?:吧|好了|算了|了)", r"(?:别|不要|没人|谁也别)(?:再)?(?:拦|救)我",
    r"撑不(?:下去|住)了.{0,8}(?:走|死|结束|解脱|离开|消失)", r"喝(?:了)?(?:农药|百草枯)", r"烧炭", r"撞(?:车|死)(?:算了|自己|死算了)",
)
_FIGURES = (
    # What sounds alike and means none of it: cut out before anything is heard.
    r"\bsuicide (?:squad|bunt|prevention|pact in the (?:film|movie|book))\b", r"\b(?:commit|committing)? ?career suicide\b", r"\bpolitical suicide\b",
    r"\b(?:could|would|nearly|almost) (?:have )?(?:just )?died? (?:of|from|with) (?:shame|laughter|embarrassment|boredom|laughing)\b",
    r"\bdying (?:to|of laughter|of boredom|laughing|for a)\b", r"\bto die for\b", r"\b(?:kill|killing) myself (?:laughing|at the gym|with work|with laughter)\b",
    r"\b(?:cut|cutting|burn|burnt|hurt) my(?:self)? (?:while |when )?(?:some slack|a (?:slice|piece|break)|shaving|cooking|chopping|on the|playing|falling|"
    r"running|skiing|in the game|at football|accidentally|by accident|on paper)\b",
    r"\b(?:not|never|don'?t|wouldn'?t|no) (?:at all )?suicidal\b",
    r"\bdie (?:of|from) (?:shame|laughter|embarrassment|boredom|hunger|curiosity)\b",
    r"(?:不|没)想(?:再)?活(?:在(?!.{0,4}世)|成|得|出|动|跃|着像)(?:.{0,8}(?:里|下|中|样|期待|影子|阴影|眼光))?", r"(?:我)?死也(?:不|要)",
    r"想死(?:你|他|她|大家|那|家|我妈|我妈妈|爸妈)", r"(?:笑|累|困|饿|热|冷|气|烦|急|吓|忙|渴|美|爽|疼|痛|无聊|尴尬|羡慕)死(?:我|人|个人)?了?", r"死(?:党|磕|记硬背|机|板|心塌地|心眼|线|角|胡同)", r"跳楼价", r"跳(?:河|海)(?:边|滩)",
    r"(?:防止|预防|反对|关于|研究|新闻|报道)(?:青少年|大学生|学生)?自杀(?:的)?(?:讲座|课程|研究|新闻|报道|率|预防|干预)?", r"自杀(?:率|式|预防|干预|小队)", r"自己了断(?:这段)?(?:关系|感情|联系)", r"了断(?:这段|那段|这|我们的)?(?:关系|感情|联系|恋情|往来)", r"和(?:他|她|过去)(?:做个)?了断",
    r"从来?没(?:有)?想过(?:要)?(?:自杀|轻生|死)", r"不会(?:去)?(?:自杀|轻生|做傻事)",
)
_HEARD = re.compile("|".join(_ENGLISH), re.IGNORECASE)
_HEARD_ZH = re.compile("|".join(_CHINESE))
_NOT = re.compile("|".join(_FIGURES), re.IGNORECASE)
_SPACES = re.compile(r"\s+")


def speaks_of_harm(text: str) -> bool:
    """Whether a message speaks of harming oneself, or of not wanting to live."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("\u200b", "")
    plain = _NOT.sub(" … ", _SPACES.sub(" ", plain))
    return bool(_HEARD.search(plain) or _HEARD_ZH.search(plain.replace(" ", "")))
