"""Phrases of people who are stuck or understand, and of tutors who set work. English and Spanish."""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


# Said by the student. A question of the tutor ("do you understand?") does not match.
CONFUSED = _any(
    r"\bI (?:still )?(?:do not|don'?t|didn'?t|did not|never) (?:really |quite |even |fully )?(?:get|understand"
    r"|know (?:how|why|what|which|when|where)|see (?:how|why|what)|remember)\b",
    r"\b(?:made|makes) no sense|doesn'?t make sense|did not make sense",
    r"\bI(?:'m| am| was| got) (?:so |really |still |a bit |totally |always )?(?:confused|lost|stuck|bad at|not"
    r" sure (?:how|why|what|which|when|about))",
    r"\bI (?:always |keep |just )+(?:mix(?:ing)? (?:\w+ ){0,4}up|forget(?:ting)?|get(?:ting)? (?:it |them |this "
    r"|that )?wrong|mess(?:ing)? (?:\w+ )?up|confus(?:e|ing))",
    r"\bI mix (?:\w+ ){0,4}up|\bI (?:forgot|forget) (?:how|what|why|which|to)\b",
    r"\b(?:no idea|I can'?t (?:do|figure|see|tell|remember)|too hard|is hard for me|so hard|the hardest|hard part)\b",
    r"\b(?:you lost me|what does that (?:even )?mean|confus(?:es|ed|ing) me|where did (?:that|the \w+) come from)\b",
    r"\bno (?:lo |la )?(?:entiendo|entendí|comprendo|sé (?:cómo|por qué|cuál|cuándo|qué)|me acuerdo|me sale"
    r"|recuerdo)",
    r"\b(?:me confund[eoí]|estoy perdid[oa]|me cuesta|siempre me equivoco|no tiene sentido|ni idea|muy difícil"
    r"|se me olvida|me atoro|me atasco)",
)
# Said by the tutor about what the student just did.
CORRECTED = _any(
    r"\b(?:not quite|careful (?:with|here|about)|common mistake|you mixed (?:\w+ ){0,3}up|you forgot (?:to|the)"
    r"|watch out (?:for|with)|that'?s where (?:the|it|you)|"
    r"you still need (?:to|more|some)|we need to (?:work|practice) (?:more )?on|let'?s work on|keep practicing"
    r"|you(?:'re| are) still)\b",
    r"\b(?:casi,? pero|cuidado con|error común|confundiste|te faltó|se te olvidó|todavía (?:te cuesta|hay que)"
    r"|hay que (?:practicar|repasar|trabajar) más)\b",
)
UNDERSTOOD = _any(
    r"\b(?:oh+|ah+|aha|wait),? (?:so |now |okay |I see|I get|that|it)",
    r"\bI (?:get|got|see|understand|know) (?:it|that|this|why|how|what)?\s?(?:now|finally)\b|\b(?:now|finally) I"
    r" (?:get|see|understand|know|can)\b",
    r"\bI (?:finally |really |actually )(?:get|got|understand|understood|see|did)\b",
    r"\bI get it\b|\bI(?:'ve| have)? got it\b|\b(?:it|that|this) (?:all |finally |actually |really )*(?:clicks?"
    r"|clicked|makes sense)\b",
    r"\b(?:that is|that's|it's|it is|this is) (?:actually |really |so |just )+(?:simple|easy|cool)|\bso (?:that"
    r" is|that's) why\b|\b(?:so easy|so simple)\b",
    r"\bI (?:did|solved|figured) it\b|\bby myself\b|\bI can do (?:it|this|these) now\b",
    r"\b(?:ya (?:lo |la )?(?:entiendo|entendí|veo|sé)|ahora (?:sí |ya )?(?:entiendo|veo|sé|tiene sentido)"
    r"|claro,? (?:entonces|por eso)|ah+,? (?:ya|entonces|claro|por eso)|por fin|es (?:muy )?fácil|tiene sentido"
    r"|lo logré|me salió)\b",
)
STRONG_PRAISE = _any(
    r"\b(?:best (?:explanation|answer)|you(?:'ve| have)? (?:really )?(?:got|nailed|cracked) (?:it|this|that)"
    r"|explained (?:it|that) (?:better|perfectly)|"
    r"(?:that is|that's|you just did) (?:a )?(?:huge|big) (?:step|progress)|last (?:week|month) you (?:couldn'?t"
    r"|could not)|I(?:'m| am) (?:so |really )?(?:proud|impressed)|all (?:\w+ )?(?:right|correct) (?:today|this"
    r" time))\b",
    r"\b(?:mejor explicación|lo lograste|qué gran avance|muy orgullos[oa]|explicaste mejor|la semana pasada no"
    r" podías)\b",
)
NOT_UNDERSTOOD = _any(r"\b(?:do not|don'?t|didn'?t|not|never|no|cannot|can'?t|doesn'?t|if)\b[^.!?]{0,25}$")

# Work that is set. Imperatives and plans, not reports of work done.
HOMEWORK = _any(
    r"\b(?:for|as|your|the|tonight'?s) homework(?:,? (?:is|will be|this week|please|tonight|do|I want|let'?s|try"
    r"|finish|read|write|solve|make|draw|practice|watch|you)|:|,)",
    r"\bhomework (?:is|will be|for (?:next|Monday|Tuesday|Wednesday|Thursday|Friday|the))",
    r"(?:^|[.,;:!?]\s?|\b(?:and|then|please|also|to|should|must|will|want you to|need you to|try to|can you"
    r"|could you)\s)(?:please )?(?:do|finish|complete|read|solve|try|write|practice|review|study|memorize|make"
    r"|draw|bring|record|watch|reread|learn)\b[^.!?]{0,60}\b"
    r"(?:page|pages|exercises?|problems?|questions?|numbers?|chapters?|worksheet|packet|paragraphs?|essay|flash"
    r" ?cards|vocabulary list|list|lab report|diagram|(?:five|ten|two|three|four|six|eight|twelve|twenty|\d+) "
    r"(?:sentences|minutes|words|examples|more))\b",
    r"\b(?:before|by|until) (?:next (?:time|session|week)|our next|we meet|the test|the quiz|Monday|Tuesday"
    r"|Wednesday|Thursday|Friday|Saturday|Sunday),? (?:please |I want you to |try to |you should )?(?:do|finish"
    r"|read|write|practice|review|learn|memorize|solve|complete|make)\b",
    r"\b(?:practice|review|read|finish|study|write|complete|solve|do|memorize|learn|make|bring)\b[^.!?]{2,70}\b"
    r"(?:before|by|until|for) (?:next (?:time|session|week)|our next|we meet|the (?:test|quiz|exam)|Monday"
    r"|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|tomorrow)\b",
    r"\b(?:de tarea|la tarea (?:es|será|para)|tu tarea|para (?:la )?tarea|para la próxima (?:clase|vez|sesión)"
    r"|para el (?:lunes|martes|miércoles|jueves|viernes))\b[^.!?]{0,90}(?:\b(?:haz|hagas|lee|leas|escribe"
    r"|escribas|termina|termines|practica|practiques|resuelve|resuelvas|estudia|repasa|completa|ejercicios?"
    r"|páginas?|párrafo|capítulo|problemas|oraciones)\b)",
    r"\b(?:haz|lee|escribe|termina|practica|resuelve|completa|repasa|estudia)\b[^.!?]{0,60}\b(?:páginas?"
    r"|ejercicios?|problemas|capítulo|párrafos?|oraciones|lista|antes del|para el (?:lunes|martes|miércoles"
    r"|jueves|viernes)|en casa)\b",
)
NOT_HOMEWORK = _any(
    r"\b(?:did you|have you|I did|I finished|I have done|you did|we did|I forgot|last (?:week|time)'?s?|no"
    r" homework|without homework|how was|went over|check(?:ed)? your|from (?:the|your|last) homework|let(?:'s|"
    r" us) (?:do|try|read|look|solve|start|practice|review|write|make|finish)|can you read|read me|could you"
    r" read|I (?:read|wrote|practiced|studied|solved)|now (?:do|try|read|solve|write)|(?:on|of|in) the homework)\b",
    r"\b(?:hiciste|hice|terminé|no hay tarea|sin tarea|vamos a (?:hacer|leer|resolver|practicar|repasar)|ahora "
    r"(?:haz|lee|resuelve)|léeme|de la tarea pasada|la tarea pasada)\b",
)
EXAM = _any(
    r"\b(?:test|exam|quiz|midterm|final exam|finals|examen|prueba|evaluación|parcial)\b",
)
NOT_EXAM = _any(
    r"\b(?:to|let us|let's|we|can|you|I) test (?:it|that|this|the|your|whether|if)\b|\btest (?:it|that|this"
    r"|whether|your answer)\b",
    r"\b(?:had|took|passed|failed|last|old|practice|sample) (?:a |the |my |our |\w+ )?(?:test|exam|quiz)\b|"
    r"\bpractice (?:test|exam)\b",
    r"\b(?:tuve|pasé|reprobé|último|pasado) (?:un |el |mi )?(?:examen|prueba)\b|\bexamen (?:pasado|anterior)\b",
)
NEXT_TOPIC = _any(
    r"\bnext (?:time|session|week|lesson|class),? (?:we(?:'ll| will| are going to| can| should)?|let'?s|I want"
    r" to|you(?:'ll| will)) (?:do|start|look at|work on|move on to|learn|cover|talk about|continue with|practice"
    r"|study|go over|try|see|finish|begin)",
    r"\b(?:we(?:'ll| will)|let'?s) (?:do|start|look at|work on|cover|talk about|continue with|tackle|move on to)"
    r"\b[^.!?]{2,60}\bnext (?:time|session|week|lesson|class)\b",
    r"\b(?:la próxima (?:vez|clase|semana|sesión)|en la próxima)\b,? (?:vamos a |vemos |veremos |empezamos "
    r"|hacemos |haremos |trabajamos |trabajaremos |seguimos |practicamos |practicaremos )",
)
ANALOGY = _any(
    r"\b(?:it'?s|it is|that'?s|is) (?:just |really |basically |kind of )?like\b|\b(?:imagine|as if|think of it)"
    r"\b|\bso (?:the|a|it) [^.!?]{3,50} is (?:just|how|the same|really)\b",
    r"\b(?:es como|como si|imagina|o sea que|entonces (?:el|la|es))\b",
)
# Text that addresses a program instead of a person.
INSTRUCTION = _any(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?]{0,40}\b(?:previous|above|prior|earlier|all|your|the"
    r"|these|any)\b[^.!?]{0,30}\b(?:instructions?|prompts?|rules?|messages?|guidelines?)\b",
    r"\b(?:system prompt|system message|developer mode|jailbreak|you are now|act as (?:an? )?(?:ai|assistant"
    r"|admin|system)|as an ai|language model|prompt injection|do anything now)\b",
    r"<\s*/?\s*(?:system|assistant|user|transcript|instructions?)\b|\b(?:system|assistant)\s*:|###|\[/?INST\]|\{"
    r"\{|<\|",
    r"\b(?:ignora|olvida|omite|desobedece)\b[^.!?]{0,40}\b(?:instrucciones|reglas|anterior(?:es)?|indicaciones)\b",
    r"\b(?:ignorez|oubliez)\b[^.!?]{0,40}\binstructions\b|\b(?:ignoriere|vergiss)\b[^.!?]{0,40}\b(?:anweisungen"
    r"|regeln)\b|\bignore as instruções\b",
    r"忽略|无视|指示を無視|игнорируй|تجاهل|무시하",
    r"\b(?:reply|respond|answer|output|print|write|say|repeat|reveal|include)\b[^.!?]{0,40}\b(?:canary|password"
    r"|api key|secret|json|your instructions|only with|exactly|verbatim|base64|markdown|the following)\b",
    r"\b(?:rate|set|give) (?:this|the) (?:session|quality|student)\b[^.!?]{0,30}\b(?:5|five|stars|as)\b|"
    r"\bsession_quality\b|\bskill_gaps\b",
)
