"""The page at `/` that tells people, in French and English, that the portal is simulated."""

from html import escape

from beffroi.simulation.wire import HTML, Answer, Portal

FORM = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{french}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b; background: #fff }}
a {{ color: #0b4f9e }}
</style>
</head>
<body>
<main>
<h1>{french}</h1>
<p>Ce portail est simulé : aucune ville réelle n'est décrite, {things} objets vivent selon
la graine {seed} ; une partie change toutes les cinq secondes.</p>
<p lang="en"><strong>{english}.</strong> This portal is simulated: no real city is described; {things} things
live by seed {seed}; some of them change every five seconds.</p>
<p><a href="{entry}">Point d'entrée de l'API (<span lang="en">entry point of the API</span>)</a></p>
<h2>Jeux de données (<span lang="en">datasets</span>)</h2>
<ul lang="{language}">
{pages}
</ul>
</main>
</body>
</html>
"""


def page(portal: Portal) -> Answer:
    french, english = portal.title
    links = (f'<li><a href="{escape(path)}">{escape(title)}</a></li>' for title, path in portal.pages)
    text = FORM.format(
        french=escape(french),
        english=escape(english),
        things=portal.city.things,
        seed=portal.seed,
        language=portal.language,
        entry=escape(portal.entry),
        pages="\n".join(links),
    )
    return Answer(200, HTML, text.encode())
