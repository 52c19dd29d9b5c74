"""What is said of a subject and is none: such terms alone make no two needs alike. Columns as in `mobility`."""

ROWS = """
real time | real time, live data, up to date, at once, right now, current state | temps réel, en direct, à jour, instantané, en continu | realtime, actueel, in real time | echtzeit, aktuell, live |
forecast | forecast, predict, anticipate, prediction | prévision, prévoir, anticiper, prédire, prédiction | voorspellen, voorspelling | vorhersage, vorhersagen, prognose |
history | trend, over the years, time series, long-term | tendance, historique, série temporelle, évolution | trend, historiek | trend, verlauf, zeitreihe |
map | map, mapped, mapping | carte, cartographie, cartographier | kaart, in kaart brengen | karte, kartieren |
sensor | sensor, connected device, iot, measure, measuring | capteur, objet connecté, iot, mesurer, mesure | sensor, meten | sensor, messen, messung |
app | app, mobile phone, smartphone, information screen | application, téléphone, smartphone, écran d'information | app, smartphone | app, smartphone |
dashboard | dashboard, indicator, overview | tableau de bord, indicateur, vue d'ensemble | dashboard, indicator | dashboard, kennzahl, übersicht |
inform residents | inform residents, tell residents, residents know, inform citizens, visitors know | informer les habitants, faire savoir, informer les usagers, informer le public, habitants savent | bewoners informeren | bürger informieren, einwohner informieren |
cost | cost, save money, expensive, budget, cheaper | coût, économiser, cher, budget, dépense | kost, besparen, duur | kosten, sparen, teuer |
route | route, round, driving distance, optimise rounds, tour | tournée, itinéraire, parcours, trajet, optimiser les tournées | route, ronde | route, strecke, tour |
fill level | fill level, overflowing, full bin, half empty | remplissage, débordement des bacs, taux de remplissage, à moitié vides, trop-plein | vulgraad | füllstand, überfüllt |
comfort | comfort, pleasant, quality of life | confort, agréable, qualité de vie, bien-être | comfort, levenskwaliteit | komfort, lebensqualität |
children | child, pupil, classroom, school | enfant, élève, classe, école, scolaire | kind, leerling, klas, school | kind, schüler, klasse, schule |
night | night, evening, after dark | nuit, soir, nocturne | nacht, avond | nacht, abend |
summer | summer, hot season | été, estival | zomer | sommer |
"""
