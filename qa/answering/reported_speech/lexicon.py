"""Word classes, and the verbs and nouns of claims, that tell reported speech in news English."""

from __future__ import annotations

from qa.lexicon import FINITE_AUXILIARIES, IRREGULAR_VERBS, MONTHS, POSSESSIVES, WEEKDAYS

FINITE = FINITE_AUXILIARIES
# "Said" and "wrote" are left out: they open a claim.
PAST = frozenset(IRREGULAR_VERBS) - {"said", "wrote"}
PRONOUNS = frozenset("he him i it me she that them there they us we you".split())
DETERMINERS = POSSESSIVES | frozenset(
    "a an another several some the these this those three two".split()
)
SUBORDINATORS = frozenset(
    "after although as because before but how if since so than that though unless until "
    "what whatever when where whereas whether which while who whoever whom whose why yet".split()
)
PREPOSITIONS = frozenset(
    "about above according across after against along amid among around as at before "
    "behind below beside between by despite during following for from in inside into like "
    "near of off on onto outside over since through throughout to toward towards under "
    "until upon via with within without".split()
)
# No source: nobody in particular.
NOBODY = frozenset(
    "anyone everybody everyone few neither no nobody none nothing one somebody someone "
    "whoever".split()
)
# Before a reporting verb: it is modal, negated, passive or an infinitive, and claims nothing.
NON_ASSERTIVE = (FINITE - {"has", "have", "had"}) | frozenset(
    "be been being cannot never not to".split()
)
GROUPS = frozenset(
    "activists analysts authorities campaigners critics detectives doctors economists "
    "engineers experts firefighters historians investigators journalists lawyers officers "
    "officials opponents organisers organizers police prosecutors protesters reporters "
    "researchers residents scientists sources supporters survivors witnesses".split()
)
DATES = frozenset(name.lower() for name in (*MONTHS, *WEEKDAYS))
TIMES = DATES | frozenset(
    "afternoon autumn century day days decade evening hours midnight month months morning "
    "night noon spring summer today tomorrow tonight week weekend weeks winter year years "
    "yesterday".split()
)
TIME_LINKS = frozenset(
    "a after ago an at before by during each earlier early every first following for from "
    "in last late later mid next of on past previous recent same second since the this "
    "until".split()
)
LEADING = frozenset(
    "again ago also and but earlier finally first however indeed initially instead later "
    "meanwhile moreover nevertheless nonetheless now officially once only originally "
    "previously privately publicly recently separately similarly so still then therefore "
    "though today tonight yesterday yet".split()
)
BEFORE_VERB = frozenset(
    "all already also always both earlier even ever first had has have herself himself "
    "itself just later nevertheless nonetheless now often once sometimes still themselves "
    "then therefore thus today yesterday".split()
)
# Where somebody speaks: `in a statement`, `at a news conference`.
OCCASIONS = frozenset(
    "address article blog briefing broadcast communique conference email evidence filing "
    "hearing interview letter memo message note parliament post press program programme "
    "rally reply report session speech statement testimony tweet".split()
)
ADDRESSEES = GROUPS | frozenset(
    "agency briefing broadcaster channel committee conference council court crowd daily "
    "hearing inquiry judge jury lawmakers magazine media meeting newspaper paper "
    "parliament radio station television viewers weekly".split()
)
PARTICLES = frozenset("al bin da de del der di du el ibn la le van von".split())

SAY = frozenset("said say says".split())
TELL = frozenset("tell tells told".split())
# These report a claim if a clause or a quotation follows: `believed that`, not `believed him`.
# Denials are left out: whoever denies something does not claim it.
CLAIM = frozenset(
    "acknowledged acknowledges add added adds admits admitted alleged alleges announced "
    "announces answered argue argued argues asserted asserts believe believed believes "
    "claimed complained conceded concedes confirmed confirms contended contends declared "
    "declares emphasised emphasized estimated explained explains feared hoped insist "
    "insisted insists maintained maintains noted pointed predicted predicts recalled "
    "reckons remarked replied reported revealed stated stressed suggested testified think "
    "thinks tweeted vowed warn warned warns".split()
)
# Also nouns, or verbs with another meaning, unless `that` or a quotation follows.
CLAIM_THAT = frozenset(
    "claims concluded concludes estimates expect expected expects fears found hopes notes "
    "observed points reports ruled suggest suggests writes wrote".split()
)
# The object of these is claimed as well: `estimated the damage at a million`.
CLAIM_OBJECT = frozenset(
    "alleged counted counts estimated estimates predicted predicts reckoned reckons "
    "reported".split()
)
BELIEVE = frozenset(
    "believe believed believes expect expected expects feared fears hoped hopes think "
    "thinks".split()
)
ACCUSE = frozenset("accuse accused accuses blame blamed blames".split())
PARTICIPLES = frozenset(
    "adding alleging arguing claiming insisting noting saying stating warning".split()
)
CLAIM_NOUNS = frozenset(
    "accusation accusations allegation allegations argument assertion belief claim claims "
    "contention estimate opinion prediction statement suggestion view warning".split()
)
VIEW_NOUNS = frozenset(
    "account estimate estimation judgement judgment opinion reckoning telling version view".split()
)
ACCOUNT_VERBS = frozenset("gave give gives had has offer offered offers tells told".split())
ACCOUNT_NOUNS = frozenset("account explanation story version view".split())
# These may judge: `described it as`, `puts the cost at 20 million`.
JUDGE = frozenset("called calls described describes put puts".split())
FIGURES = frozenset(
    "age bill cost costs crowd damage figure loss losses number price share size strength "
    "sum toll total turnout value worth".split()
)
# `according to plan`: not a source.
NO_SOURCE = frozenset(
    "ability age custom income needs plan principle rank rule rules schedule size taste "
    "tradition type".split()
)
# `according to the report`: a source even without a comma, unlike `according to the weather`.
SOURCES = OCCASIONS | frozenset(
    "accounts agency captain coastguard data director documents estimates figures "
    "government lawyer mayor media minister ministry owner president records reports "
    "spokesman spokesperson spokeswoman statistics study survey union".split()
)
