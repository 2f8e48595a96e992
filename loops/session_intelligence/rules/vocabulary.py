"""The words of the skills: skill -> concept -> phrases, English before the bar, Spanish after it."""
# ruff: noqa: E501  (one line is one concept)

from collections.abc import Mapping

Phrases = tuple[str, ...]
# The first English phrase names the concept. Words are compared by their stems: "denominators" is "denominator".
TABLE: Mapping[str, str] = {
    "fractions": """
        common denominator, least common multiple, lowest common denominator | común denominador, mínimo común múltiplo
        numerators and denominators, numerator, denominator | numerador, denominador
        equivalent fractions, simplify, simplest form, reduce the fraction | fracciones equivalentes, simplificar
        mixed numbers, mixed number, improper fraction | número mixto, fracción impropia
        dividing fractions, divide by a fraction, reciprocal, flip the second, dividing by a fraction | dividir fracciones, recíproco, inverso de la fracción
        multiplying fractions, multiply the fractions | multiplicar fracciones
        adding fractions, add fractions, subtract fractions | sumar fracciones, restar fracciones
        fractions, fraction, one half, one third, two thirds, three fourths, one fourth, quarters | fracción, fracciones, un medio, un tercio, dos tercios, tres cuartos, un cuarto
    """,
    "percentages": """
        percent of a number, percent of | porcentaje de, por ciento de
        discounts, discount, sale price, percent off | descuento, rebaja
        percent change, percent increase, percent decrease | aumento porcentual, cambio porcentual
        percentages, percent, percentage | porcentaje, por ciento
    """,
    "integers": """
        negative numbers, negative number, minus sign, negative sign, double negative | números negativos, número negativo, signo menos
        absolute value | valor absoluto
        number line | recta numérica
        integers, integer | números enteros, entero
    """,
    "algebra": """
        solving equations, equation, solve for, isolate, both sides | ecuación, despejar, ambos lados, resolver la ecuación
        distributive property, distribute, parentheses, brackets | propiedad distributiva, distribuir, paréntesis
        combining like terms, like terms | términos semejantes
        slope, slope intercept, rise over run, y intercept | pendiente, ordenada al origen
        factoring, factor the, quadratic, difference of squares | factorizar, cuadrática
        inequalities, inequality | desigualdad, inecuación
        variables, variable, expression, algebra, unknown | variable, expresión algebraica, álgebra, incógnita
        exponents, exponent, power of | exponente, potencia
    """,
    "geometry": """
        area, area of a | área
        perimeter | perímetro
        circles, circle, circumference, radius, diameter, pi | círculo, circunferencia, radio, diámetro
        triangles, triangle, hypotenuse, pythagorean theorem, pythagoras | triángulo, hipotenusa, teorema de pitágoras, pitágoras
        angles, angle, right angle, supplementary, complementary, degrees | ángulo, suplementario, complementario, grados
        volume, prism, cylinder | volumen, prisma, cilindro
        parallel lines, transversal, perpendicular | rectas paralelas, perpendicular
        similar figures, congruent, similar triangles, scale factor | figuras semejantes, congruente
    """,
    "main-idea": """
        main idea, central idea, topic sentence | idea principal, idea central
        supporting details, supporting detail, evidence | detalles de apoyo, evidencia
        summarizing, summary, sum up, summarize | resumen, resumir
    """,
    "inference": """
        making inferences, inference, infer, read between the lines, clue | inferencia, inferir, leer entre líneas, pista
        author's purpose, point of view, tone | propósito del autor, punto de vista
        characters, character feels, character's feelings | personaje, sentimientos del personaje
    """,
    "vocabulary": """
        context clues, context clue, meaning of the word, what does the word mean | pistas de contexto, significado de la palabra
        prefixes and suffixes, prefix, suffix, root word | prefijo, sufijo, raíz
        synonyms and antonyms, synonym, antonym | sinónimo, antónimo
    """,
    "grammar": """
        subject-verb agreement, subject verb agreement, verb agreement | concordancia
        verb tenses, past tense, present tense, future tense, past perfect, verb tense | tiempo verbal, pretérito, imperfecto, pasado
        commas, comma, comma splice, semicolon, punctuation | puntuación, punto y coma
        run-on sentences, run on, sentence fragment, complete sentence | oración incompleta, fragmento
        apostrophes, apostrophe, possessive, contraction | apóstrofo, posesivo
        pronouns, pronoun | pronombre
        accent marks, accent mark | acento, tilde, palabras agudas, esdrújula
        parts of speech, adverb, adjective, noun | adverbio, adjetivo, sustantivo
        grammar, their and there | gramática
    """,
    "life-science": """
        cells, cell, nucleus, cell membrane, organelle, mitochondria | célula, núcleo, membrana, mitocondria
        photosynthesis, chlorophyll, chloroplast | fotosíntesis, clorofila, cloroplasto
        cell division, mitosis, meiosis | mitosis, meiosis, división celular
        food webs, food chain, food web, producer, consumer, decomposer, ecosystem | cadena alimenticia, productor, consumidor, ecosistema
        genetics, gene, dna, dominant, recessive, punnett square, trait | genética, gen, adn, dominante, recesivo, rasgo
        respiration, cellular respiration | respiración celular
        osmosis and diffusion, osmosis, diffusion | ósmosis, difusión
    """,
    "earth-space": """
        plate tectonics, tectonic plate, earthquake, volcano | placas tectónicas, terremoto, volcán
        rock cycle, igneous, sedimentary, metamorphic | ciclo de las rocas, ígnea, sedimentaria
        water cycle, evaporation, condensation, precipitation | ciclo del agua, evaporación, condensación
        moon phases, eclipse, orbit, seasons, solar system | fases de la luna, eclipse, órbita, sistema solar
    """,
    "forces-energy": """
        newton's laws, newton's second law, newton's first law, newton's third law, net force, inertia | leyes de newton, segunda ley de newton, fuerza neta, inercia
        acceleration, accelerate, velocity, speed | aceleración, velocidad, rapidez
        friction | fricción, rozamiento
        kinetic and potential energy, kinetic energy, potential energy | energía cinética, energía potencial
        forces, force, gravity, mass and weight, weight | fuerza, gravedad, peso
        circuits, circuit, current, voltage, resistance | circuito, corriente, voltaje, resistencia
        work and power, joule, watt | trabajo y potencia
    """,
    "matter": """
        states of matter, solid, liquid, gas, melting, boiling | estados de la materia, sólido, líquido
        atoms, atom, proton, electron, neutron, periodic table | átomo, protón, electrón, tabla periódica
        chemical reactions, chemical reaction, chemical change, physical change, reactant | reacción química, cambio químico, cambio físico
        density | densidad
        mixtures, mixture, solution, compound | mezcla, compuesto
    """,
}


def concepts_of(table: str) -> list[tuple[str, Phrases]]:
    """(concept, phrases in both languages) of each line."""
    found = []
    for line in filter(str.strip, table.splitlines()):
        english, _, spanish = line.partition("|")
        phrases = tuple(phrase.strip() for phrase in (*english.split(","), *spanish.split(",")) if phrase.strip())
        found.append((phrases[0], phrases))
    return found
