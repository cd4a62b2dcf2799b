"""The whole text of one small company, as a person would read it."""

# ruff: noqa: E501 -- the lines are Asterisk's

from __future__ import annotations

import pytest

from tests.rendering.making import company, new_renderer, thing
from vaxelflode.domain.pin import kept

SOUND = "ab" * 32
SALT = "5a17" * 4
COMPANY = company(
    7,
    thing("number/46101022290", "Kundtjänst", route={"object": "schedule/kundtjanst"}),
    thing(
        "schedule/kundtjanst",
        weekly={"mon": [["08:00", "12:00"], ["13:00", "17:00"]], "fri": [["20:00", "02:00"]]},
        overrides=[
            {"id": "00000000000000aa", "from": "2027-12-24", "to": "2027-12-24", "hours": []}
            | {"closed": {"object": "announcement/natt"}}
        ],
        open={"object": "menu/huvudmeny"},
        closed={"object": "announcement/natt"},
        holiday={"end": "busy"},
    ),
    thing("announcement/natt", "Nattmeddelande", prompt=SOUND, next={"object": "voicemail/kundtjanst"}),
    thing("menu/huvudmeny", options={"1": {"object": "queue/kundservice"}, "*": {"extension": "201"}}),
    thing("menu/direkt", options={"2": {"end": "busy"}}, direct_dial=[{"extension": "201"}, {"extension": "202"}]),
    thing("queue/kundservice", length=20, no_agents={"object": "voicemail/kundtjanst"}),
    thing(
        "queue/faktura",
        when_empty="refuse",
        no_agents={"end": "busy"},
        keys={"5": {"object": "forward/jour"}},
        join=SOUND,
        music=SOUND,
    ),
    thing("voicemail/kundtjanst"),
    thing(
        "voicemail/jour",
        email="jour@norrvikenergi.example",
        operator={"extension": "201"},
        full={"end": "busy"},
        code="*98",
        pin=kept("4711", SALT),
    ),
    thing("forward/jour", target={"external": "+46701740612"}, number_shown="dialled", busy={"extension": "201"}),
    thing("forward/vidare", target={"object": "ring_group/alla"}),
    thing("ring_group/alla", members=["201", "202"], no_answer={"object": "voicemail/jour"}),
    thing("ring_group/turvis", members=["201", "202"], strategy="in_order"),
    thing(
        "switch/krislage",
        positions={"normal": {"object": "menu/huvudmeny"}, "kris": {"object": "announcement/natt"}},
        default="normal",
        code="*21",
        pin=kept("4711", SALT),
    ),
    thing(
        "switch/lunch",
        positions={"ute": {"end": "busy"}, "inne": {"extension": "201"}, "mote": {"end": "hangup"}},
        default="inne",
        code="*220",
    ),
    thing("extension/201", "Åsa", endpoint="201"),
)
MUSIC = ""
QUEUES = r"""; Made by Växelflöde from its database. Agents are live state and never stand in here.

[vx-faktura]
strategy = rrmemory
timeout = 20
retry = 3
wrapuptime = 0
maxlen = 0
servicelevel = 60
weight = 0
ringinuse = no
autofill = yes
autopause = no
joinempty = paused,unavailable,invalid,unknown
leavewhenempty = no
announce-position = no
announce-holdtime = no
announce-frequency = 0
announce-to-first-user = yes
musicclass = vx-faktura
context = vx-queue-faktura

[vx-kundservice]
strategy = rrmemory
timeout = 20
retry = 3
wrapuptime = 0
maxlen = 20
servicelevel = 60
weight = 0
ringinuse = no
autofill = yes
autopause = no
joinempty = paused,unavailable,invalid,unknown
leavewhenempty = paused,unavailable,invalid,unknown
announce-position = no
announce-holdtime = no
announce-frequency = 0
announce-to-first-user = yes

[vx--7-061dab29272dd9fe]
strategy = ringall
"""
VOICEMAIL = r"""; Made by Växelflöde from its database.

[vx]
jour => nologin,jour,jour@norrvikenergi.example,,maxmsg=100
kundtjanst => nologin,kundtjanst,,,maxmsg=100

[vx-revision]
7-5acef06e5e2bc793 => nologin,revision
"""
MUSIC = r"""; Made by Växelflöde from its database.

[vx-faktura]
mode = playlist
entry = /var/lib/vaxelflode/sounds/abababababababababababababababababababababababababababababababab

[vx--7-20fc024eaa46925f]
mode = playlist
entry = /var/lib/vaxelflode/sounds/7-20fc024eaa46925f
"""
EXTENSIONS = r"""; Made by Växelflöde from its database. What is changed by hand in here is put right.

[vx-incoming]
; A call from the line outside: the dialled number in whatever form the trunk sends it, to the number's own context.
exten => _[+0-9].,1,Set(VX_DID=${FILTER(0-9,${EXTEN})})
 same => n,ExecIf($["${VX_DID:0:2}" = "00"]?Set(VX_DID=${VX_DID:2}))
 same => n,ExecIf($["${VX_DID:0:1}" = "0"]?Set(VX_DID=46${VX_DID:1}))
 same => n,GotoIf(${DIALPLAN_EXISTS(vx-number-${VX_DID},s,1)}?vx-number-${VX_DID},s,1)
 same => n,Goto(vx-unknown,s,1)

[vx-unknown]
exten => s,1,Hangup(1)

[vx-phones]
; A code that a phone dials, and the lamp that watches it: each gets its device by its digits.
exten => _*XX,hint,Custom:vx-code-${EXTEN:1}
exten => _*XXX,hint,Custom:vx-code-${EXTEN:1}
exten => _*XXXX,hint,Custom:vx-code-${EXTEN:1}
exten => _*X.,1,Set(VX_CODE=${FILTER(0-9,${EXTEN})})
 same => n,GotoIf(${DIALPLAN_EXISTS(vx-code-${VX_CODE},s,1)}?vx-code-${VX_CODE},s,1)
 same => n,Goto(vx-unknown,s,1)

[vx-external]
exten => _[0-9].,1,Hangup(21)
 same => n,Hangup(${IF($["${DIALSTATUS}" = "BUSY" | "${HANGUPCAUSE}" = "21"]?17:${IF($["${DIALSTATUS}" = "NOANSWER"]?19:${HANGUPCAUSE})})})

[vx-announcement-natt]
exten => s,1,Answer()
 same => n,Goto(play,1)
exten => play,1,Playback(/var/lib/vaxelflode/sounds/abababababababababababababababababababababababababababababababab)
 same => n,Goto(vx-voicemail-kundtjanst,s,1)

[vx-extension-201]
exten => s,1,Dial(PJSIP/201,30)
 same => n,Goto(ended,1)
exten => ring,1,Dial(PJSIP/201,600)
 same => n,Goto(ended,1)
exten => ended,1,Hangup(${IF($["${DIALSTATUS}" = "BUSY" | "${HANGUPCAUSE}" = "21"]?17:19)})

[vx-forward-jour]
exten => s,1,Set(VX_SHOWN=${IF($["${VX_DID}" = ""]?:f(+${FILTER(0-9,${VX_DID})}))})
 same => n,Goto(ring,1)
exten => ring,1,Dial(Local/46701740612@vx-external,30,${VX_SHOWN})
 same => n,GotoIf($["${DIALSTATUS}" = "BUSY"]?busy,1:no-answer,1)
exten => busy,1,Goto(vx-extension-201,s,1)
exten => no-answer,1,Hangup(19)

[vx-forward-vidare]
exten => s,1,Goto(vx-ring_group-alla,s,1)
exten => i,1,Goto(s,1)

[vx-menu-direkt]
exten => s,1,Answer()
 same => n,Set(VX_TRY=1)
 same => n,Goto(prompt,1)
exten => prompt,1,NoOp()
 same => n,Goto(wait,1)
exten => wait,1,WaitExten(5)
 same => n,Goto(t,1)
exten => t,1,Set(VX_TRY=$[${VX_TRY} + 1])
 same => n,GotoIf($[${VX_TRY} <= 3]?prompt,1:timeout,1)
exten => i,1,Set(VX_TRY=$[${VX_TRY} + 1])
 same => n,GotoIf($[${VX_TRY} <= 3]?prompt,1:invalid,1)
exten => timeout,1,Hangup(16)
exten => invalid,1,Hangup(16)
exten => 2,1,Hangup(17)
exten => 201,1,Goto(vx-extension-201,s,1)
exten => 202,1,Goto(vx-extension-202,s,1)

[vx-menu-huvudmeny]
exten => s,1,Answer()
 same => n,Set(VX_TRY=1)
 same => n,Goto(prompt,1)
exten => prompt,1,NoOp()
 same => n,Goto(wait,1)
exten => wait,1,WaitExten(5)
 same => n,Goto(t,1)
exten => t,1,Set(VX_TRY=$[${VX_TRY} + 1])
 same => n,GotoIf($[${VX_TRY} <= 3]?prompt,1:timeout,1)
exten => i,1,Set(VX_TRY=$[${VX_TRY} + 1])
 same => n,GotoIf($[${VX_TRY} <= 3]?prompt,1:invalid,1)
exten => timeout,1,Hangup(16)
exten => invalid,1,Hangup(16)
exten => *,1,Goto(vx-extension-201,s,1)
exten => 1,1,Goto(vx-queue-kundservice,s,1)

[vx-number-46101022290]
exten => s,1,Goto(vx-schedule-kundtjanst,s,1)

[vx-queue-faktura]
exten => s,1,Answer()
 same => n,Goto(join,1)
exten => join,1,Background(/var/lib/vaxelflode/sounds/abababababababababababababababababababababababababababababababab,m)
 same => n,Goto(wait,1)
exten => wait,1,Queue(vx-faktura,,,,900)
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},left-${TOLOWER(${QUEUESTATUS})},1)}?left-${TOLOWER(${QUEUESTATUS})},1:left-timeout,1)
exten => left-full,1,Hangup(16)
exten => left-timeout,1,Hangup(16)
exten => left-joinempty,1,Hangup(17)
exten => left-joinunavail,1,Hangup(17)
exten => left-leaveempty,1,Hangup(17)
exten => left-leaveunavail,1,Hangup(17)
exten => 5,1,Goto(vx-forward-jour,s,1)

[vx-queue-kundservice]
exten => s,1,Answer()
 same => n,Goto(join,1)
exten => join,1,NoOp()
 same => n,Goto(wait,1)
exten => wait,1,Queue(vx-kundservice,,,,900)
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},left-${TOLOWER(${QUEUESTATUS})},1)}?left-${TOLOWER(${QUEUESTATUS})},1:left-timeout,1)
exten => left-full,1,Hangup(16)
exten => left-timeout,1,Hangup(16)
exten => left-joinempty,1,Goto(vx-voicemail-kundtjanst,s,1)
exten => left-joinunavail,1,Goto(vx-voicemail-kundtjanst,s,1)
exten => left-leaveempty,1,Goto(vx-voicemail-kundtjanst,s,1)
exten => left-leaveunavail,1,Goto(vx-voicemail-kundtjanst,s,1)

[vx-ring_group-alla]
exten => s,1,Goto(ring-1,1)
exten => ring-1,1,Dial(Local/ring@vx-extension-201&Local/ring@vx-extension-202,25)
 same => n,Goto(no-answer,1)
exten => i,1,Goto(no-answer,1)
exten => no-answer,1,Goto(vx-voicemail-jour,s,1)

[vx-ring_group-turvis]
exten => s,1,Goto(ring-1,1)
exten => ring-1,1,Dial(Local/ring@vx-extension-201,25)
 same => n,Goto(ring-2,1)
exten => ring-2,1,Dial(Local/ring@vx-extension-202,25)
 same => n,Goto(no-answer,1)
exten => i,1,Goto(no-answer,1)
exten => no-answer,1,Hangup(16)

[vx-schedule-kundtjanst]
exten => s,1,Set(VX_NOW=$[${EPOCH} + 0${FILTER(0-9\-,${VX_SHIFT})}])
 same => n,Set(VX_DATE=${STRFTIME(${VX_NOW},Europe/Stockholm,%Y-%m-%d)})
 same => n,Set(VX_MINUTE=$[${STRFTIME(${VX_NOW},Europe/Stockholm,%H * 60 + %M)}])
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},${VX_DATE},1)}?${VX_DATE},1)
 same => n,GotoIf(${DIALPLAN_EXISTS(vx-holidays-none,${VX_DATE},1)}?holiday,1)
 same => n,GotoIf($[${STRFTIME(${VX_NOW},Europe/Stockholm,%u)} = 1 & ((${VX_MINUTE} >= 480 & ${VX_MINUTE} < 720) | (${VX_MINUTE} >= 780 & ${VX_MINUTE} < 1020))]?open,1:hours-2,1)
exten => hours-2,1,GotoIf($[${STRFTIME(${VX_NOW},Europe/Stockholm,%u)} = 5 & (${VX_MINUTE} >= 1200 & ${VX_MINUTE} < 1440)]?open,1:hours-3,1)
exten => hours-3,1,GotoIf($[${STRFTIME(${VX_NOW},Europe/Stockholm,%u)} = 6 & (${VX_MINUTE} >= 0 & ${VX_MINUTE} < 120)]?open,1:closed,1)
exten => 2027-12-24,1,GotoIf($[0]?open,1:until-00000000000000aa,1)
exten => 2027-12-25,1,GotoIf($[0]?open,1:closed,1)
exten => i,1,Goto(s,1)
exten => open,1,Goto(vx-menu-huvudmeny,s,1)
exten => closed,1,Goto(vx-announcement-natt,s,1)
exten => holiday,1,Hangup(17)
exten => until-00000000000000aa,1,Goto(vx-announcement-natt,s,1)

[vx-switch-krislage]
exten => s,1,Set(VX_NOW=$[${EPOCH} + 0${FILTER(0-9\-,${VX_SHIFT})}])
 same => n,Set(ARRAY(VX_POSITION,VX_UNTIL)=${DB(vx-switch/krislage)})
 same => n,GotoIf($[0${FILTER(0-9,${VX_UNTIL})} > 0 & ${VX_NOW} >= 0${FILTER(0-9,${VX_UNTIL})}]?at-normal,1)
 same => n,Set(VX_POSITION=at-${FILTER(a-z0-9,${VX_POSITION})})
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},${VX_POSITION},1)}?${VX_POSITION},1:at-normal,1)
exten => at-kris,1,Goto(vx-announcement-natt,s,1)
exten => at-normal,1,Goto(vx-menu-huvudmeny,s,1)
exten => i,1,Goto(s,1)

[vx-code-21]
exten => s,1,Answer()
 same => n,Set(GROUP(vx-code-21)=one)
 same => n,GotoIf($[${GROUP_COUNT(one@vx-code-21)} > 1]?refused,1)
 same => n,Set(VX_TRY=0)
 same => n,Goto(ask,1)
exten => ask,1,Set(ARRAY(VX_WRONG,VX_SINCE)=${DB(vx-tries/switch-krislage)})
 same => n,Set(VX_WRONG=0${FILTER(0-9,${VX_WRONG})})
 same => n,Set(VX_AGO=$[${EPOCH} - 0${FILTER(0-9,${VX_SINCE})}])
 same => n,ExecIf($[${VX_WRONG} >= 5 & (${VX_AGO} >= 900 | ${VX_AGO} < -900)]?Set(VX_WRONG=0))
 same => n,Set(VX_TRY=$[${VX_TRY} + 1])
 same => n,GotoIf($[${VX_WRONG} >= 5 | ${VX_TRY} > 3]?refused,1:pin,1)
exten => pin,1,Read(VX_PIN,beep,8,,1,5)
 same => n,Goto(check,1)
exten => check,1,Set(VX_PIN=${FILTER(0-9,${VX_PIN})})
 same => n,GotoIf($["x${VX_PIN}" = "x"]?wrong,1)
 same => n,Set(DB(vx-tries/switch-krislage)=$[${VX_WRONG} + 1],${EPOCH})
 same => n,Set(VX_KEPT=${DB(vx-pin/switch-krislage)})
 same => n,Set(VX_PIN=${SHA1(${FILTER(0-9a-f,${VX_KEPT:0:16})}${VX_PIN})})
 same => n,GotoIf($["h${VX_PIN}" = "h${FILTER(0-9a-f,${VX_KEPT:17})}"]?known,1:wrong,1)
exten => wrong,1,Playback(beeperr)
 same => n,Goto(ask,1)
exten => known,1,Set(VX_WRONG=${DB_DELETE(vx-tries/switch-krislage)})
 same => n,Goto(go,1)
exten => refused,1,Playback(beeperr)
 same => n,Hangup(21)
exten => go,1,Set(ARRAY(VX_POSITION,VX_UNTIL)=${DB(vx-switch/krislage)})
 same => n,ExecIf($[0${FILTER(0-9,${VX_UNTIL})} > 0 & ${EPOCH} >= 0${FILTER(0-9,${VX_UNTIL})}]?Set(VX_POSITION=normal))
 same => n,GotoIf($["x${FILTER(a-z0-9,${VX_POSITION})}" = "xkris"]?to-normal,1:to-kris,1)
exten => to-normal,1,Set(VX_POSITION=normal)
 same => n,Set(VX_LAMP=NOT_INUSE)
 same => n,Set(VX_BEEPS=beep)
 same => n,Goto(now,1)
exten => to-kris,1,Set(VX_POSITION=kris)
 same => n,Set(VX_LAMP=INUSE)
 same => n,Set(VX_BEEPS=beep&beep)
 same => n,Goto(now,1)
exten => now,1,Set(VX_AT=${EPOCH})
 same => n,Set(VX_AT=${VX_AT}${STRFTIME(,UTC,%3q)})
 same => n,GotoIf($["x${VX_AT:0:-3}" = "x${EPOCH}"]?set,1:now,1)
exten => set,1,Set(VX_BY=${FILTER(0-9,${CHANNEL(endpoint)})})
 same => n,Set(VX_BY=${IF($["x${VX_BY}" = "x"]?phone:${VX_BY:0:20})})
 same => n,Set(ARRAY(VX_WAS,VX_UNTIL,VX_SINCE)=${DB(vx-switch/krislage)})
 same => n,Set(VX_SINCE=0${FILTER(0-9,${VX_SINCE})})
 same => n,ExecIf($[${VX_SINCE} >= ${VX_AT}]?Set(VX_AT=$[${VX_SINCE} + 1]))
 same => n,Set(DB(vx-switch/krislage)=${VX_POSITION},,${VX_AT},${VX_BY})
 same => n,Set(DEVICE_STATE(Custom:vx-code-21)=${VX_LAMP})
 same => n,UserEvent(VxSwitch,Switch: krislage)
 same => n,Goto(told,1)
exten => told,1,Playback(${VX_BEEPS})
 same => n,Hangup(16)

[vx-switch-lunch]
exten => s,1,Set(VX_NOW=$[${EPOCH} + 0${FILTER(0-9\-,${VX_SHIFT})}])
 same => n,Set(ARRAY(VX_POSITION,VX_UNTIL)=${DB(vx-switch/lunch)})
 same => n,GotoIf($[0${FILTER(0-9,${VX_UNTIL})} > 0 & ${VX_NOW} >= 0${FILTER(0-9,${VX_UNTIL})}]?at-inne,1)
 same => n,Set(VX_POSITION=at-${FILTER(a-z0-9,${VX_POSITION})})
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},${VX_POSITION},1)}?${VX_POSITION},1:at-inne,1)
exten => at-inne,1,Goto(vx-extension-201,s,1)
exten => at-mote,1,Hangup(16)
exten => at-ute,1,Hangup(17)
exten => i,1,Goto(s,1)

[vx-code-220]
exten => s,1,Answer()
 same => n,Set(GROUP(vx-code-220)=one)
 same => n,GotoIf($[${GROUP_COUNT(one@vx-code-220)} > 1]?refused,1)
 same => n,Goto(go,1)
exten => refused,1,Playback(beeperr)
 same => n,Hangup(21)
exten => go,1,Read(VX_PICK,beep,1,,1,5)
 same => n,Goto(pressed,1)
exten => pressed,1,Set(VX_PICK=pick-${FILTER(1-9,${VX_PICK})})
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},${VX_PICK},1)}?${VX_PICK},1:refused,1)
exten => pick-1,1,Goto(to-ute,1)
exten => pick-2,1,Goto(to-inne,1)
exten => pick-3,1,Goto(to-mote,1)
exten => to-ute,1,Set(VX_POSITION=ute)
 same => n,Set(VX_LAMP=INUSE)
 same => n,Set(VX_BEEPS=beep)
 same => n,Goto(now,1)
exten => to-inne,1,Set(VX_POSITION=inne)
 same => n,Set(VX_LAMP=NOT_INUSE)
 same => n,Set(VX_BEEPS=beep&beep)
 same => n,Goto(now,1)
exten => to-mote,1,Set(VX_POSITION=mote)
 same => n,Set(VX_LAMP=INUSE)
 same => n,Set(VX_BEEPS=beep&beep&beep)
 same => n,Goto(now,1)
exten => now,1,Set(VX_AT=${EPOCH})
 same => n,Set(VX_AT=${VX_AT}${STRFTIME(,UTC,%3q)})
 same => n,GotoIf($["x${VX_AT:0:-3}" = "x${EPOCH}"]?set,1:now,1)
exten => set,1,Set(VX_BY=${FILTER(0-9,${CHANNEL(endpoint)})})
 same => n,Set(VX_BY=${IF($["x${VX_BY}" = "x"]?phone:${VX_BY:0:20})})
 same => n,Set(ARRAY(VX_WAS,VX_UNTIL,VX_SINCE)=${DB(vx-switch/lunch)})
 same => n,Set(VX_SINCE=0${FILTER(0-9,${VX_SINCE})})
 same => n,ExecIf($[${VX_SINCE} >= ${VX_AT}]?Set(VX_AT=$[${VX_SINCE} + 1]))
 same => n,Set(DB(vx-switch/lunch)=${VX_POSITION},,${VX_AT},${VX_BY})
 same => n,Set(DEVICE_STATE(Custom:vx-code-220)=${VX_LAMP})
 same => n,UserEvent(VxSwitch,Switch: lunch)
 same => n,Goto(told,1)
exten => told,1,Playback(${VX_BEEPS})
 same => n,Hangup(16)

[vx-voicemail-jour]
exten => s,1,Answer()
 same => n,GotoIf($[${VMCOUNT(jour@vx)} >= 100]?full,1)
 same => n,Goto(greeting,1)
exten => greeting,1,NoOp()
 same => n,Goto(record,1)
exten => record,1,VoiceMail(jour@vx,s)
 same => n,Goto(after,1)
exten => after,1,Hangup(16)
exten => 0,1,Goto(vx-extension-201,s,1)
exten => full,1,Hangup(17)

[vx-code-98]
exten => s,1,Answer()
 same => n,Set(GROUP(vx-code-98)=one)
 same => n,GotoIf($[${GROUP_COUNT(one@vx-code-98)} > 1]?refused,1)
 same => n,Set(VX_TRY=0)
 same => n,Goto(ask,1)
exten => ask,1,Set(ARRAY(VX_WRONG,VX_SINCE)=${DB(vx-tries/voicemail-jour)})
 same => n,Set(VX_WRONG=0${FILTER(0-9,${VX_WRONG})})
 same => n,Set(VX_AGO=$[${EPOCH} - 0${FILTER(0-9,${VX_SINCE})}])
 same => n,ExecIf($[${VX_WRONG} >= 5 & (${VX_AGO} >= 900 | ${VX_AGO} < -900)]?Set(VX_WRONG=0))
 same => n,Set(VX_TRY=$[${VX_TRY} + 1])
 same => n,GotoIf($[${VX_WRONG} >= 5 | ${VX_TRY} > 3]?refused,1:pin,1)
exten => pin,1,Read(VX_PIN,beep,8,,1,5)
 same => n,Goto(check,1)
exten => check,1,Set(VX_PIN=${FILTER(0-9,${VX_PIN})})
 same => n,GotoIf($["x${VX_PIN}" = "x"]?wrong,1)
 same => n,Set(DB(vx-tries/voicemail-jour)=$[${VX_WRONG} + 1],${EPOCH})
 same => n,Set(VX_KEPT=${DB(vx-pin/voicemail-jour)})
 same => n,Set(VX_PIN=${SHA1(${FILTER(0-9a-f,${VX_KEPT:0:16})}${VX_PIN})})
 same => n,GotoIf($["h${VX_PIN}" = "h${FILTER(0-9a-f,${VX_KEPT:17})}"]?known,1:wrong,1)
exten => wrong,1,Playback(beeperr)
 same => n,Goto(ask,1)
exten => known,1,Set(VX_WRONG=${DB_DELETE(vx-tries/voicemail-jour)})
 same => n,Goto(go,1)
exten => refused,1,Playback(beeperr)
 same => n,Hangup(21)
exten => go,1,Set(GROUP(vx-code-98)=)
 same => n,Goto(listen,1)
exten => listen,1,VoiceMailMain(jour@vx,s)
 same => n,Hangup(16)

[vx-voicemail-kundtjanst]
exten => s,1,Answer()
 same => n,NoOp()
 same => n,Goto(greeting,1)
exten => greeting,1,NoOp()
 same => n,Goto(record,1)
exten => record,1,VoiceMail(kundtjanst@vx,s)
 same => n,Goto(after,1)
exten => after,1,Hangup(16)

[vx-revision]
exten => 7-072b637070ec8bfd,1,NoOp()
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("queues.conf", QUEUES),
        ("voicemail.conf", VOICEMAIL),
        ("musiconhold.conf", MUSIC),
        ("extensions.conf", EXTENSIONS),
    ],
)
def test_the_files_of_a_small_company(file: str, text: str) -> None:
    assert new_renderer().render(COMPANY).files[file].content.decode() == text


KEPT = thing(
    "schedule/butik",
    weekly={"mon": [["08:00", "17:00"]]},
    holidays={
        "calendar": "SE",
        "hours": [["10:00", "12:00"]],
        "also": {"christmas-eve": [], "maundy-thursday": [["08:00", "12:00"]]},
        "own": [
            {"date": "05-14", "hours": [["08:00", "10:00"]], "name": "Grundandet"},
            {"date": "2027-05-07", "name": "Planeringsdag"},
        ],
    },
    open={"end": "busy"},
    holiday={"end": "congestion"},
)
BUTIK = r"""[vx-schedule-butik]
exten => s,1,Set(VX_NOW=$[${EPOCH} + 0${FILTER(0-9\-,${VX_SHIFT})}])
 same => n,Set(VX_DATE=${STRFTIME(${VX_NOW},Europe/Stockholm,%Y-%m-%d)})
 same => n,Set(VX_MINUTE=$[${STRFTIME(${VX_NOW},Europe/Stockholm,%H * 60 + %M)}])
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},${VX_DATE},1)}?${VX_DATE},1)
 same => n,GotoIf(${DIALPLAN_EXISTS(${CONTEXT},${VX_DATE:5},1)}?${VX_DATE:5},1)
 same => n,GotoIf(${DIALPLAN_EXISTS(vx-holidays-se-christmas-eve,${VX_DATE},1)}?holiday,1)
 same => n,GotoIf(${DIALPLAN_EXISTS(vx-holidays-se-maundy-thursday,${VX_DATE},1)}?also-maundy-thursday,1)
 same => n,GotoIf(${DIALPLAN_EXISTS(vx-holidays-se,${VX_DATE},1)}?public-holiday,1)
 same => n,GotoIf($[${STRFTIME(${VX_NOW},Europe/Stockholm,%u)} = 1 & (${VX_MINUTE} >= 480 & ${VX_MINUTE} < 1020)]?open,1:closed,1)
exten => public-holiday,1,GotoIf($[(${VX_MINUTE} >= 600 & ${VX_MINUTE} < 720)]?open,1:holiday,1)
exten => also-maundy-thursday,1,GotoIf($[(${VX_MINUTE} >= 480 & ${VX_MINUTE} < 720)]?open,1:holiday,1)
exten => 05-14,1,GotoIf($[(${VX_MINUTE} >= 480 & ${VX_MINUTE} < 600)]?open,1:holiday,1)
exten => 2027-05-07,1,GotoIf($[0]?open,1:holiday,1)
exten => i,1,Goto(s,1)
exten => open,1,Hangup(17)
exten => closed,1,Hangup(16)
exten => holiday,1,Hangup(34)

"""


def test_a_schedule_has_the_dates_of_its_own_days_and_looks_others_up_in_what_is_shared() -> None:
    text = new_renderer().render(company(1, KEPT)).files["extensions.conf"].content.decode()
    assert BUTIK in text
    sections = text.split("\n[")
    shared = {s.partition("]")[0]: s.splitlines() for s in sections if s.startswith("vx-holidays-")}
    assert shared.keys() == {"vx-holidays-se", "vx-holidays-se-christmas-eve", "vx-holidays-se-maundy-thursday"}
    eves = [f"exten => {year}-12-24,1,NoOp()" for year in range(2026, 2038)]
    assert shared["vx-holidays-se-christmas-eve"][1:] == eves
