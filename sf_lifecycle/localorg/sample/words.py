"""Words the sample firm is made of. Every name of a firm, provider or person is made up."""

from __future__ import annotations

FIRST_NAMES = (
    "Anouk", "Bas", "Carla", "Daan", "Eline", "Femke", "Gijs", "Hanna", "Ilse", "Jeroen", "Karin", "Lars", "Marloes",
    "Niels", "Olga", "Pieter", "Quirine", "Ruben", "Sanne", "Thijs", "Ursula", "Vera", "Wouter", "Xandra", "Yusuf",
    "Zoë", "Ömer", "Fátima", "Søren", "Łucja",
)  # fmt: skip
LAST_NAMES = (
    "de Wit", "van den Berg", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "de Boer", "Mulder", "Dekker", "Brouwer",
    "van Leeuwen", "Peeters", "Claes", "Kowalska", "Nowak", "Schröder", "Müller", "O'Neill", "Yılmaz", "El Amrani",
    "van 't Hof", "Kuipers", "Postma", "Hoekstra", "Wiersma", "Verhoeven", "Dijkstra", "Scholten", "Vos",
)  # fmt: skip
FIRM_STARTS = (
    "Noord", "Zuid", "Oost", "West", "Duin", "Polder", "Haven", "Veen", "Molen", "Kasteel", "Linde", "Eiken", "Zilver",
    "Blauw", "Groen", "Zonne", "Ster", "Anker", "Brug", "Maas", "Rijn", "Waal", "Vecht", "Amstel", "Delta", "Horizon",
    "Kompas", "Vuurtoren", "Meeuw", "Reiger",
)  # fmt: skip
FIRM_ENDS = (
    "bouw", "techniek", "transport", "zorg", "advies", "drukkerij", "bakkerij", "installaties", "logistiek", "mode",
    "schilders", "hoveniers", "notarissen", "makelaars", "software", "meubelen", "metaal", "groothandel", "fietsen",
    "apotheek", "accountants", "catering", "optiek", "verhuizers", "bloemen",
)  # fmt: skip
FIRM_FORMS = ("", "", " BV", " B.V.", " VOF", " en Zonen", " Groep", " Nederland")
CITIES = (
    ("Duinstad", "2011"), ("Havenrecht", "3011"), ("Veenwijk", "7811"), ("Molenbeek aan Zee", "4331"),
    ("Lindenhout", "5611"), ("Oosterwolde", "8431"), ("Maasoever", "6211"), ("Amstelmeer", "1781"),
    ("Rijnkade", "6811"), ("Zilverdam", "1411"), ("Kasteelrade", "6461"), ("Ankerplaats", "8861"),
)  # fmt: skip
STREETS = ("Kerkstraat", "Stationsweg", "Havenkade", "Industrieweg", "Molenlaan", "Dorpsstraat", "Energieweg", "Markt")
PARKS = (
    "De Meerpaal", "Noorderkwartier", "Vliegveld Oost", "Het Nieuwe Veen", "Havenpoort", "De Hoge Brug", "Zuidas Klein",
    "Campus Lindenhout", "Rijnzicht", "De Munt", "Oude Suikerfabriek", "Technopark Duinstad",
)  # fmt: skip
SEGMENTS = ("Retail", "Care", "Construction", "Logistics", "Services", "Hospitality")
INDUSTRIES = (
    "Construction", "Consulting", "Engineering", "Healthcare", "Hospitality", "Manufacturing", "Retail", "Technology",
    "Transportation", "Agriculture", "Education", "Finance",
)  # fmt: skip
SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
LEGAL_FORMS = ("BV", "NV", "Foundation", "Sole trader", "Partnership")
PRODUCT_LINES = ("Mobile", "Fixed", "Internet", "Fibre")
PROVIDERS = ("Belnet", "KabelNu", "Noordtel", "Zuidwind", "Polderfoon", "Glaslijn", "Veldnet")
PROVIDERS_AS_TYPED = ("Belnet B.V.", "belnet", "Kabel Nu", "NoordTel", "Zuidwind Zakelijk", "polderfoon")
RESEARCH_SOURCES = ("Phone call", "Website", "Trade fair", "Bought list", "Account manager", "Invoice seen")
FREE_TITLES = (
    "Directeur", "Office manager", "Eigenaar", "Hoofd inkoop", "IT-coördinator", "Administratie", "Vestigingsmanager",
    "Receptie", "CEO", "Head of Operations", "DGA",
)  # fmt: skip
DEPARTMENTS = ("Directie", "ICT", "Finance", "Inkoop", "Operations")
CASE_SUBJECTS = (
    "No dial tone since the move", "Invoice is wrong", "SIM cards not active yet", "Engineer did not come",
    "Fibre slower than agreed", "Number porting failed 😡", "Question about notice", "Add two users", "Router defect",
)  # fmt: skip
TASK_SUBJECTS = (
    "Call",
    "Send quote",
    "Visit",
    "Follow up on quote",
    "Introduction",
    "Birthday cake 🎂",
    "Ask for date",
)
DESCRIPTIONS = (
    "Called in spring.\nAsk for the owner, not for the front desk.",
    "Very loyal to the present provider; brother-in-law works there…",
    "Prefers mail 📧, never before 10:00",
    'Said: "come back when it\'s cheaper"',
    "See old system, record 4711;\r\nimported, not checked",
)
HEADCOUNTS = (1, 2, 3, 4, 5, 7, 9, 12, 16, 22, 30, 45, 60, 85, 120, 180, 250)

# Names that break programs which paste instead of quoting.
ODD_NAMES = (
    "O'Brien \"De Molen\" & Zonen",
    '=HYPERLINK("http://x","y")',
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "Bakkerij 🥐 Zonnedauw",
    "Çağlar & Müller GmbH",
    "Łódź Młyn Sp. z o.o.",
    "Robert'); DROP TABLE Account;--",
    "<b>Vet</b> & Vlug",
    "+31 Telefonie, \"Plus\"; BV",
    "@SUM(A1:A9)",
    "null",
    "100% \\ Puur_",
    "Stichting tot Behoud van de Langste Firmanaam van Duinstad " * 4 + "en Omstreken".ljust(19, "x"),
)  # fmt: skip
ODD_STREET = 't.a.v. de heer "Piet"\nAchterom 1-3, 2e verdieping\r\n(bel \'s ochtends)'
