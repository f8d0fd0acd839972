"""Chinese: by what words a seeker's call is heard, whatever they want from the listener now (`emotional_support.bids`)."""

from __future__ import annotations

import re

BIDS = {
    "seen": re.compile(r"没(?:有)?人(?:看到|看见|懂|明白|理解)|(?:你|有人)能(?:懂|明白|理解)"),
    "normal": re.compile(r"是不是(?:太|很)?(?:矫情|小题大做|敏感|夸张)|正常吗|我(?:这样)?错了吗"),
    "time": re.compile(r"说不出(?:口|来)|不知道(?:该)?(?:怎么说|从何说起|从哪里说起)|很难(?:开口|说)"),
    "thread": re.compile(r"还有(?:一件事|别的事|件事)|不(?:只|光|仅)是这|没(?:有)?告诉你"),
    "order": re.compile(r"(?:脑子|心里|思绪)(?:里)?(?:很|好|一团)?乱|语无伦次|我在说什么|听(?:得|不)?懂我"),
    "alone": re.compile(r"(?:别人|其他人|有人)也(?:会)?(?:这样|有)|只有我(?:一个)?|你(?:有没有|也)(?:经历|遇到|这样)过?"),
    "advice": re.compile(r"(?:我)?(?:该)?怎么办|(?:有什么|给点|给我)(?:建议|办法)|(?:我)?该不该"),
    "facts": re.compile(r"(?:要|会|得)(?:持续)?多久|常见吗|(?:多少|很多)人(?:会)?这样|什么原因"),
}
"""By bid, the pattern of what is said for it."""
