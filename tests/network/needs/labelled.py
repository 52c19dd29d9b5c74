"""Simulated needs with a hand-made label: needs of one topic are similar, needs of two topics are not.

The concepts' weights and the threshold were chosen on CHOSEN_ON; MEASURED_ON was written before the last choice and is only measured.
No text is of a real city. Columns: topic | language | domain | entity types | title | problem.
"""

from dataclasses import dataclass

from beffroi.kernel.json import Json, JsonObject

CHOSEN_ON_ROWS = """
parking | fr | mobility | OffStreetParking | Trouver une place en centre-ville | Les automobilistes tournent longtemps avant de se garer. Nous voulons montrer les places libres des parkings sur les panneaux et dans les applications de navigation.
parking | en | mobility | OffStreetParking | Show where car parks still have room | Drivers circle around the market square looking for a space. The occupancy of our four car parks is known to their operators only and should be visible to everybody.
parking | en | mobility | ParkingSpot | Kerbside spaces: which ones are taken? | Nobody knows how full the paid bays along the streets are. We want to guide people to vacant spaces and to adapt tariffs.
bikeshare | fr | mobility | BikeHireDockingStation | Des stations de vélos jamais vides | Le matin les stations du haut n'ont plus aucun vélo en libre-service, celles du bas débordent. Il faut prévoir où déplacer les vélos.
bikeshare | en | mobility | BikeHireDockingStation | Balance our shared bikes | Docking stations near the railway station run empty at eight while others are full. We need a short forecast to plan the van that moves bikes around.
bikeshare | fr | mobility | BikeHireDockingStation | Disponibilité des vélos partagés | Les usagers se plaignent de ne pas trouver de vélo à la borne. Une prévision à trente minutes les aiderait.
biketheft | en | mobility | | Safe places to leave a bicycle | Many people do not cycle to work because bikes are stolen at the station. We look for secure storage that tells whether there is a place left.
biketheft | fr | mobility | BikeParking | Stationner son vélo sans vol | Les vols de vélos découragent les habitants. Quels arceaux et abris manquent, et où, le savoir aiderait à investir.
glass | fr | waste | WasteContainer | Vider les bornes à verre au bon moment | Les camions passent devant des colonnes à moitié vides pendant que d'autres débordent. Connaître le remplissage permettrait de revoir les tournées.
glass | en | waste | WasteContainer | Collect bottle banks only when they are full | Our lorry drives a fixed round. Some containers overflow on Saturday, many are emptied at a third of their capacity.
glass | fr | environment | WasteContainer | Corbeilles de rue trop pleines | Dans le parc, les poubelles sont pleines le dimanche. Des capteurs diraient quand passer.
dumping | en | waste | OpenIssue | Stop fly-tipping | Old furniture and rubble are dumped at the edge of town every week. We want to find out where and when, and to remove it quicker.
dumping | fr | waste | | Dépôts sauvages | Des encombrants abandonnés apparaissent chaque nuit aux mêmes endroits. Comment les repérer et les enlever plus vite ?
airstreet | fr | environment | AirQualityObserved | Mesurer l'air que l'on respire dans nos rues | Deux stations officielles ne disent rien des particules fines rue par rue. Nous cherchons des capteurs fiables et des données ouvertes.
airstreet | en | environment | AirQualityObserved | Air pollution street by street | Residents along the ring road ask what they breathe. NO2 and fine particles are measured at one place only, far away.
airschool | fr | health | IndoorEnvironmentObserved | Bien aérer les classes | Les enseignants ne savent pas quand ouvrir les fenêtres. Un signal sur le taux de CO2 dans les classes éviterait l'air confiné.
airschool | en | buildings | IndoorEnvironmentObserved | Fresh air in classrooms | Pupils get tired in stuffy rooms. We want to know the CO2 level in each room and tell teachers when to ventilate.
schoolenergy | fr | energy | Building | Réduire la facture d'énergie des écoles | Le chauffage tourne le week-end dans plusieurs groupes scolaires. Sans suivi des consommations, nous ne voyons les dérives qu'à la facture.
schoolenergy | en | buildings | Building, ACMeasurement | Cut the energy use of municipal buildings | Town hall, sports hall and schools are heated when nobody is there. Meter readings come once a year.
schoolenergy | en | energy | | What do our buildings consume? | We pay four hundred electricity and gas bills and cannot say which building wastes energy.
streetlight | fr | energy | Streetlight | Éteindre la nuit sans inquiéter | L'éclairage public pèse un tiers de notre dépense d'électricité. Nous voulons abaisser l'intensité quand personne ne passe et rallumer au besoin.
streetlight | en | energy | Streetlight | Dim street lamps when nobody is there | Public lighting burns all night at full power. Dimming by presence would save half, if people still feel safe.
solar | fr | energy | PhotovoltaicMeasurement | Partager l'électricité de nos toits | Les panneaux solaires de l'école produisent l'été quand elle est fermée. Les voisins pourraient consommer ce surplus en autoconsommation collective.
solar | en | energy | PhotovoltaicMeasurement | Share rooftop power among neighbours | Our photovoltaic roofs feed into the grid at noon for little money. An energy community would use it in the quarter.
flood | fr | water | WaterObserved | Alerter avant l'inondation | Lors des fortes pluies, la rivière monte en une heure. Les riverains ne sont prévenus que par téléphone, trop tard.
flood | en | water | FloodMonitoring | Know earlier when the brook will flood | Heavy rain fills the stream within an hour. The fire brigade needs a warning before cellars are flooded.
heat | fr | environment | | Rester au frais pendant la canicule | Les îlots de chaleur sont mal connus. Où sont l'ombre, les fontaines et les lieux frais ouverts, pour les personnes âgées surtout ?
heat | en | environment | WeatherObserved | Cool places in a heatwave | In hot summers the centre overheats. Older people should find shade and a cool place nearby.
report | en | participation | OpenIssue | One place to report a broken bench | People phone, write and post pictures of defects; reports get lost between departments and nobody is told what happened.
report | fr | participation | Open311ServiceRequest | Suivre les signalements des habitants | Les réclamations arrivent par courriel, téléphone et réseaux sociaux. Aucun habitant ne sait si son signalement a été traité.
damp | fr | culture | | Surveiller l'humidité de l'église | Les fissures de notre monument historique s'ouvrent en hiver. Nous voudrions suivre humidité et vibrations sans abîmer les murs.
canteen | fr | health | | Moins de repas jetés à la cantine | Un tiers des repas commandés n'est pas mangé. Prévoir le nombre de convives réduirait le gaspillage.
"""

_AND_ON_ROWS = """
charging | fr | mobility | EVChargingStation | Une borne libre pour ma voiture électrique | Les conducteurs arrivent devant des points de charge occupés ou en panne. Chaque exploitant a sa propre application.
charging | en | mobility | EVChargingStation | Which charger is free and works? | Drivers of electric cars find charge points blocked or out of order. Five operators, five apps, no common view.
charging | en | energy | | Where should the next chargers go | Every district asks for charging points. We do not know how those we have are used at which hour.
busload | fr | mobility | PublicTransportStop | Des bus moins bondés aux heures de pointe | Les voyageurs restent à quai sur la ligne 5. Connaître la charge des bus permettrait d'en ajouter au bon moment.
busload | en | mobility | | Overcrowded buses in the morning | Passengers are left behind at the stop. Nobody knows the load of each bus before the driver calls.
buswait | en | mobility | ArrivalEstimation | When does the next bus really come? | At our stops there is a paper timetable. Passengers want the real arrival time, delays included.
buswait | fr | mobility | ArrivalEstimation, PublicTransportStop | L'heure réelle de passage à l'arrêt | Dans les villages, on attend sans savoir si le car a du retard. Un affichage en temps réel manque.
schoolstreet | fr | mobility | TrafficFlowObserved | Apaiser les abords des écoles | À huit heures, les voitures des parents se croisent devant le portail. Nous voulons fermer la rue et mesurer l'effet sur la vitesse et le trafic alentour.
schoolstreet | en | mobility | | Safe way to school | Parents drive their children to the school gate because other cars speed there. Closing the street at the bell is tried, its effect on traffic is not measured.
delivery | fr | mobility | | Livrer le centre sans camions | Les camionnettes se garent en double file. Il faudrait réserver les aires de livraison et mutualiser le dernier kilomètre.
delivery | en | mobility | FreightLocation | Loading bays that are free when the van comes | Parcel vans stop on the cycle lane because loading bays are taken by private cars. Drivers would book a slot.
bikecount | en | mobility | TrafficFlowObserved | How many people cycle? | We built eight kilometres of cycle lane and have no counts before and after. Counters from several makers do not speak the same language.
bikecount | fr | mobility | | Compter les cyclistes | La commune a trois compteurs vélo dont les chiffres restent chez le fabricant. Nous voulons les publier et comparer.
noise | fr | environment | NoiseLevelObserved | Nuits plus calmes rue des bars | Les riverains se plaignent du bruit des terrasses et des scooters. Sans mesure des décibels, la discussion tourne en rond.
noise | en | environment | NoiseLevelObserved | Loud nights in the old town | Neighbours and bar owners disagree about how loud it is. Continuous sound levels would give both a fact.
watering | en | environment | GreenspaceRecord, Tree | Water young trees only when they are thirsty | Gardeners drive a tank around by habit. Soil moisture would tell which trees need water after a dry week.
watering | fr | environment | Tree | Arroser juste ce qu'il faut | Les massifs et jeunes arbres reçoivent la même eau, qu'il pleuve ou non. Mesurer l'humidité du sol économiserait l'eau potable.
leak | fr | water | WaterConsumptionObserved | Trouver les fuites du réseau d'eau | Un litre sur quatre se perd avant le robinet. Les compteurs de secteur sont relevés une fois par mois.
leak | en | water | WaterNetwork | Water lost before the tap | Burst pipes are found when the street is wet. We want to see night flow by district and be warned of leakage.
bathing | fr | water | WaterQualityObserved | Peut-on se baigner aujourd'hui ? | Après un orage, l'eau du lac est parfois impropre. Les analyses prennent deux jours et les familles ne sont pas informées.
bathing | en | water | WaterQualityObserved | Is the lake clean enough to swim? | Laboratory results arrive when the weekend is over. Swimmers ask for a forecast of water quality.
gritting | en | safety | WeatherObserved | Grit only the roads that freeze | The crew leaves at three in the morning for the whole network. Road temperature by section would save salt and hours.
gritting | fr | mobility | | Saler au bon endroit | En hiver les agents partent pour toute la voirie alors que seuls les ponts sont verglacés.
heritage crowd | fr | culture | CrowdFlowObserved | Mieux répartir les visiteurs | En juillet la cathédrale est saturée tandis que les musées voisins sont vides. Les flux touristiques ne sont pas connus.
heritage crowd | en | culture | CrowdFlowObserved | Too many visitors in one street | Tourists crowd the same three sights. If they knew how busy each is, some would come later or go elsewhere.
loneliness | en | health | | Neighbours who live alone | Many older people see nobody for days. We want to notice it without spying, and bring volunteers to their door.
loneliness | fr | health | | Rompre l'isolement des aînés | Des personnes âgées vivent seules sans visite. Comment repérer les situations fragiles avec leur accord ?
rooms | fr | buildings | | Nos salles municipales sont vides le soir | Les associations cherchent des locaux alors que nos salles sont peu utilisées. La réservation se fait au téléphone.
rooms | en | buildings | Room | Halls that stand empty | Clubs ask for rooms while ours are unused half of the week. Booking takes a letter and two weeks.
shops | en | economy | | Life in the high street | One shop in six is vacant. Traders want to know footfall, we want to know which owners would let.
shops | fr | economy | | Redonner vie aux vitrines | Un local commercial sur six est vide. Nous ignorons qui passe dans la rue et à quelles heures.
compost | fr | waste | | Que faire des biodéchets ? | La loi impose le tri à la source. Les bacs de compostage partagés sont mal suivis et parfois fermés.
fires | en | safety | | Spot forest fires early | In dry summers the woods at the edge of town burn. Lookouts see smoke late; cameras and weather data could help the fire brigade.
online | fr | participation | | Aider ceux que le numérique écarte | Une démarche sur deux n'existe plus qu'en ligne. Les habitants sans ordinateur renoncent à leurs droits.
online | en | participation | | Nobody left behind by online forms | People without a computer or digital skills give up applications. We need to know where help is missing.
"""

MEASURED_ON_ROWS = """
greenwave | fr | mobility | TrafficLight | Des feux qui laissent passer les bus | Nos autobus perdent dix minutes aux carrefours. Les feux devraient les reconnaître et leur donner le vert.
greenwave | en | mobility | TrafficLight | Let trams through at junctions | At twelve signalised junctions the tram waits for cars. We want signals that give it priority without blocking pedestrians.
roadworks | en | mobility | RoadWork | Tell everybody which street is closed | Utilities dig up the same street three times. Navigation services and ambulances do not know about closures.
roadworks | fr | mobility | | Un seul calendrier des chantiers | Concessionnaires et services ouvrent la même rue à tour de rôle. Riverains et GPS ne connaissent pas les rues barrées.
potholes | fr | mobility | RoadSegment | Repérer les nids-de-poule avant les plaintes | L'état de la chaussée n'est relevé que tous les cinq ans. Une caméra sur la benne pourrait le faire chaque semaine.
potholes | en | mobility | | Road surface survey from our own lorries | Cracks and potholes are mended after someone complains. Our refuse lorries pass every street weekly and could look.
stepfree | en | mobility | | Step-free routes through town | A wheelchair user cannot know which kerbs are lowered and which lifts work. Maps leave it out.
stepfree | fr | mobility | PointOfInterest | Se déplacer en fauteuil roulant | Ascenseurs en panne et trottoirs trop hauts ne figurent sur aucune carte. Les personnes à mobilité réduite renoncent à sortir.
bluebadge | fr | mobility | ParkingSpot | Places réservées aux personnes handicapées | Impossible de savoir à distance si une place PMR est libre ou occupée par un véhicule sans carte.
bluebadge | en | mobility | ParkingSpot | Is the disabled bay free? | Blue badge holders drive into town and find the bay taken, often by somebody without a badge.
bats | fr | environment | | Une trame noire pour les chauves-souris | La lumière coupe les corridors de la faune nocturne. Nous voulons savoir où éteindre a un effet sur les espèces.
bats | en | environment | Streetlight | Darkness for bats and moths | Lamps along the canal disturb wildlife. Which ones could go off, and does it help the species?
rats | en | health | | Fewer rats near the market | Poison is laid on a calendar. Traps that report would show where rodents really are.
rats | fr | health | | Lutter contre les rats sans poison partout | Les rongeurs reviennent après chaque campagne. Des pièges connectés diraient où agir.
homeheat | fr | health | | Aider les foyers qui ont froid | Des ménages modestes coupent le chauffage faute de pouvoir payer. Comment les trouver avant l'impayé ?
homeheat | en | energy | | Families who cannot afford heating | Fuel poverty hides behind closed doors. We want to offer advice and grants before the bills pile up.
heatnet | en | energy | | Waste heat from the data centre | A server hall cools itself with river water while the flats next door burn gas. Could a heat network link them?
heatnet | fr | energy | | Récupérer la chaleur de l'usine | L'incinérateur rejette sa chaleur fatale à deux cents mètres d'un quartier chauffé au gaz. Un réseau de chaleur est-il possible ?
roofs | fr | energy | Building | Quels toits pour le solaire ? | Les propriétaires demandent si leur toiture convient au photovoltaïque. Un cadastre solaire simple manque.
roofs | en | energy | Building | Which roofs suit solar panels | Home owners ask us for advice on photovoltaics. We have laser scans of all roofs and nothing made of them.
sewers | en | water | | Storm water in the sewers | In a downpour the combined sewer spills into the river. We do not know how often or how much.
sewers | fr | water | | Débordements du réseau d'assainissement | Par temps d'orage, les eaux usées partent à la rivière. Combien de fois, nous l'ignorons.
marketstalls | fr | economy | | Attribuer les étals du marché | Le placier note sur papier qui est venu. Les commerçants non sédentaires attendent à l'aube sans savoir s'ils auront une place.
marketstalls | en | economy | | Stallholders wait at dawn | Pitches at the weekly market are given out by hand. Traders would like to know the day before.
childcare | en | health | | Find a nursery place | Parents call fifteen nurseries. Vacancies are known to each only, and some stay empty.
childcare | fr | health | | Une place en crèche | Les parents appellent chaque crèche une à une. Les places d'accueil d'urgence restent parfois vides.
opendata | fr | data | | Publier nos données sans y passer ses nuits | Une agente met à jour le portail à la main. Les fichiers changent de nom et les réutilisateurs s'en plaignent.
opendata | en | data | | A data portal that keeps itself fresh | Files are uploaded by hand, months late, and columns change. Developers have stopped using the portal.
pollen | fr | health | | Prévenir les personnes allergiques | Le pollen de bouleau surprend chaque printemps. Une information par quartier manque.
booklets | en | culture | | Old photographs nobody can find | The archive has forty thousand pictures in boxes. Schools and historians ask for them.
fountains | fr | health | | Où boire de l'eau en ville | Les fontaines à boire ne sont sur aucune carte, et personne ne sait lesquelles fonctionnent.
cemetery | en | data | | Find a grave | Relatives ask at the counter where somebody is buried. The register is a book from 1920.
"""


@dataclass(frozen=True, slots=True)
class Labelled:
    topic: str
    content: JsonObject


def _read(rows: str) -> list[Labelled]:
    return [_labelled(row) for row in rows.strip().splitlines()]


def _labelled(row: str) -> Labelled:
    topic, language, domain, types, title, problem = (column.strip() for column in row.split("|"))
    data: list[Json] = [{"type": each.strip()} for each in types.split(",") if each.strip()]
    answer: JsonObject = {"level": 3, "reason": "Simulated."}
    return Labelled(
        topic,
        {
            "title": title,
            "language": language,
            "problem": problem,
            "domain": domain,
            "data": data,
            "desirability": answer,
            "applicability": answer,
            "feasibility": answer,
            "simulated": True,
        },
    )


CHOSEN_ON = _read(CHOSEN_ON_ROWS) + _read(_AND_ON_ROWS)
MEASURED_ON = _read(MEASURED_ON_ROWS)
