"""What is no lyric and no word, all of our own making: to see whether it is called unfamiliar.

None of it chose anything.
"""

from __future__ import annotations

import numpy as np

TEXTS = (
    "The committee met on Thursday to approve the annual budget for road maintenance and agreed "
    "that the remaining funds should be transferred to the regional transport authority by the end "
    "of March.",
    "def read_rows(path): with open(path) as file: return [line.split(',') for line in file if "
    "line.strip()]",
    "Preheat the oven to 200 degrees. Mix flour, sugar and baking powder in a bowl, add two eggs "
    "and the melted butter, and stir until the dough is smooth. Bake for thirty-five minutes.",
    "Die Bahn fährt heute wegen Bauarbeiten nur bis zum Hauptbahnhof. Fahrgäste werden gebeten, "
    "die Busse des Ersatzverkehrs zu benutzen und mehr Zeit einzuplanen.",
    "Le musée est ouvert tous les jours sauf le mardi, de neuf heures à dix-huit heures. L'entrée "
    "est gratuite pour les enfants et les étudiants de l'université.",
    "The enzyme catalyses the hydrolysis of the substrate at an optimal temperature of 37 degrees; "
    "activity declines sharply when the concentration of calcium ions exceeds five millimoles.",
    "Terms and conditions: the licensee shall not distribute, modify or sublicense the software "
    "without prior written consent of the licensor, except as expressly permitted by this "
    "agreement.",
    "Passengers on flight 417 to Lisbon are requested to proceed immediately to gate B12, where "
    "boarding has been completed for all groups except premium economy.",
    "El ayuntamiento ha anunciado que las obras de la plaza terminarán en octubre y que los "
    "comercios recibirán una compensación por las pérdidas sufridas durante el verano.",
    "Quarterly revenue increased by eleven percent to 4.2 billion dollars, driven by strong demand "
    "for cloud services, while operating expenses remained stable compared with the previous year.",
    "Insert the cartridge into the slot until it clicks. Press the power button for three seconds. "
    "The indicator flashes green while the printer aligns its heads.",
    "SELECT name, COUNT(*) FROM orders JOIN customers ON orders.customer = customers.id GROUP BY "
    "name HAVING COUNT(*) > 3 ORDER BY name",
    "The municipality of Vestby consists of four parishes and had 5,312 inhabitants in the census "
    "of 1998; its coat of arms was granted by royal decree in 1964.",
    "De gemeente heeft besloten om de parkeertarieven in het centrum te verhogen en de opbrengst "
    "te besteden aan nieuwe fietspaden langs de rivier.",
    "Patients with chronic renal insufficiency should receive a reduced dosage, and serum "
    "creatinine must be monitored weekly during the first month of treatment.",
    "A polygon with equal sides and equal angles is called regular. The sum of its interior angles "
    "is (n − 2) times 180 degrees, as may be proved by dividing it into triangles.",
    "qwe rtz uio asd fgh jkl yxc vbn qaz wsx edc rfv tgb zhn ujm ikl opq plm okn ijb",
    "Min bror arbetar på ett sjukhus i Göteborg och tar bussen klockan sex varje morgon eftersom "
    "det inte finns någon parkering vid ingången.",
    "The defendant appealed against the decision of the district court on the grounds that the "
    "expert testimony had been admitted in violation of procedural rules.",
    "Warm and humid air from the south-west will bring scattered showers to coastal regions, with "
    "temperatures between fourteen and nineteen degrees and moderate visibility.",
)


def nonsense(n: int = 200) -> list[str]:
    """Words of letters drawn at random, three to ten of them."""
    rng = np.random.default_rng(5)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return ["".join(rng.choice(letters, int(k))) for k in rng.integers(4, 11, n)]
