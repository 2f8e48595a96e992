"""First names that are frequent in English and Spanish, and names that are also words."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Without accents, in small letters. Names that are also words are left out: they need a context, or to be known to us.
FREQUENT = _words(
    """
    aaliyah aaron abby abigail abraham adam adrian adriana aidan aiden aisha alan albert alberto alejandra alejandro
    alex alexa alexander alexandra alexis alfredo ali alice alicia alison allison alyssa amanda amber amelia amir amy
    ana andrea andres andrew andy angela angelica angelina anita anna anne annie anthony antonio ariana ariel arturo
    ashley audrey ava avery beatriz becky belen ben benjamin bernardo beth bianca bob bobby brandon brenda brian
    brianna brittany brooke bruno bryan caleb cameron camila carla carlos carmen carol carolina caroline carter
    catalina catherine cecilia celia chad charles charlie charlotte chloe chris christian christina christine
    christopher cindy claire clara claudia cody cole colin connor courtney cristian cristina cynthia daisy damian dan
    daniel daniela danielle danny david deborah declan denise dennis derek devon diana diego dominic donald donna
    dorothy dylan eduardo edward elena eli elias elijah elizabeth ella ellen ellie emilia emiliano emilio emily emma
    enrique eric erica erika erin esteban esther ethan eva evan evelyn fabian fatima felipe fernanda fernando fiona
    francesca francisco gabriel gabriela gary gavin george gerardo gloria gonzalo greg gregory guadalupe guillermo
    gustavo hailey hana hannah harper harry hassan hector heather hector helen henry holly hugo ian ibrahim ignacio
    irene isaac isabel isabella isabelle isaiah ismael ivan jackson jacob jaime jake jamal james jamie jane janet jared
    jasmine jason javier jayden jeff jeffrey jenna jennifer jenny jeremy jesse jessica jill jimena jimmy joan joanna
    joaquin joel john johnny jonah jonathan jordan jorge jose josefina joseph josh joshua josue juan juana judith
    julia julian juliana julie julio justin kaitlyn karen karla kate katherine kathryn katie kayla keisha kelly ken
    kevin kim kimberly kyle lara laura lauren layla leah leo leon leonardo leslie leticia levi liam lila lily linda
    lisa logan lorena louis lucas lucia luciana lucy luis luisa luke luna lydia mackenzie madeline madison maggie
    malik manuel manuela marco marcos marcus margaret maria mariana marina mario marisol martha martin martina mary
    mason mateo matias matt matthew maya megan melanie melissa mia micaela michael michelle miguel mike mila miranda
    miriam mohamed mohammed molly monica morgan muhammad nadia nancy naomi natalia natalie nathan nathaniel nayeli
    neil nicholas nick nicolas nicole noah noelia nora norma oliver olivia omar oscar owen pablo paige pamela paola
    patricia patricio patrick paul paula pedro pete peter philip priya rachel rafael ramiro ramon raquel raul rebeca
    rebecca renata ricardo richard riley robert roberto rodrigo roger rolando ronald rosario roxana ruben ruby ruth
    ryan salma salvador sam samantha samuel sandra santiago sara sarah scott sean sebastian sergio shannon sharon
    shawn silvia simon sofia sophia sophie stella stephanie stephen steve steven susan susana sydney tamara tania
    tara taylor teresa thomas tiffany tim timothy tobias todd tom tomas tommy tony tracy travis trevor tyler valentina
    valeria vanessa veronica vicente victor victoria vincent violeta virginia vivian wendy wesley william xavier
    ximena yasmin yolanda yusuf zachary zoe zoey
    """
)
# Names that are words of a lesson: a known person of this name is found by its capital letter alone.
ALSO_WORDS = _words(
    """
    angel april art august autumn bill chance chase chip cliff cruz dale dean di drew earl faith frank gene grace grant
    guy hank heart hope hunter iris ivy jack jade jean josh joy june justice lance lane lily luz major mar marina mark
    may max miles milo nova page pat paz pearl penny pierce price ray reed rich rob robin rocky rose roy sage sandy sky
    skyler sol sue summer sunny tad trinity una val wade ward will win woody
    an banks bell best bird black blue bond brown case cook cross day down ford fox gold good green hall high hill king
    light little long love low marsh moon north park power short silver small snow star stone strong street sharp
    underwood walker water waters way west white wise wolf wood woods young
    """
)
# Words that follow "my friend" and the like without being a name.
NOT_NAMES = _words(
    """
    a an and are at but can did does for from had has have he her his i in is it my of on or said says she that the then
    they to told was went who will with you your de del el en es la las lo los me mi que se su un una y yo dice dijo
    tiene te also too very really not just here there always never good bad sorry sure ready fine okay ok done
    mr mrs ms miss mister dr sr sra don dona confused stuck lost happy sad tired going doing trying getting so thinking
    """
)
