"""Spanish. The same facts as in English; tests compare them."""

TEXTS: dict[str, dict[str, dict[str, str]]] = {
    "buddy_challenge": {
        "": {
            "title": "Reta a un amigo",
            "headline": "Saqué {score}% en {skill}. ¿Puedes superarlo?",
            "pitch": "5 preguntas, 2 minutos, sin crear una cuenta.",
            "cta": "Jugar ahora",
        },
        "high": {"title": "Estás en racha. Reta a un amigo"},
        "science": {"headline": "Saqué {score}% en {skill}. ¿Te sale mejor el experimento?"},
    },
    "results_rally": {
        "": {
            "title": "Miren juntos en qué puesto están",
            "headline": "Saqué {score}% en {subject}. ¿En qué puesto quedas tú?",
            "pitch": "Un diagnóstico de 20 preguntas que se adapta a ti. Sin crear una cuenta.",
            "cta": "Descubrir mi nivel",
        },
        "high": {"title": "Tu tabla espera a más jugadores"},
    },
    "proud_parent": {
        "": {
            "title": "Una semana para estar orgullosos",
            "headline": "Rondas de práctica esta semana: {rounds}. Minutos: {minutes}. ¡Qué orgullo!",
            "pitch": "Mira cómo es una semana y llévate un pase de clase para tu propio hijo.",
            "cta": "Probar cinco preguntas",
        },
        "high": {"title": "¡Qué semana! Que otros la vean"},
    },
    "tutor_spotlight": {
        "": {
            "title": "Una clase que vale la pena contar",
            "headline": "Enseño {subject}. Tu primera clase conmigo cuesta la mitad.",
            "pitch": "Pide una clase en un minuto, o prueba primero cinco preguntas.",
            "cta": "Pedir una clase",
        },
    },
    "streak_rescue": {
        "": {
            "title": "Salven juntos tu racha",
            "headline": "Mi racha de {days} días termina esta noche. ¿Juegas 10 preguntas conmigo y la salvamos?",
            "pitch": "10 preguntas de {skill}, codo con codo. Sin crear una cuenta.",
            "cta": "Jugar juntos",
        },
    },
    "achievement_spotlight": {
        "": {
            "title": "Muestra tu nueva insignia",
            "headline": "Gané la insignia {badge}. ¿Te animas a probar?",
            "pitch": "Unas preguntas fáciles, sin crear una cuenta.",
            "cta": "Probar ahora",
        },
    },
}
