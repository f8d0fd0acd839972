"""Figures of PersuasionForGood (Wang et al. 2019), written by `benchmarks/fit_persuadee.py`."""

COUNTS = {"annotated talks": 250, "annotated replies": 1710, "people": 818, "payers": 430, "pledges annotated":
    181}
"""How many talks, replies and people the figures rest on."""
PAID = 0.5257
"""The share of all public persuadees who paid something after the task (B6): 53.6% with the dialogues not public."""
PLEDGED = 0.9061
"""The share of the annotated ones who said they would (B5): about half of them paid nothing."""
KEPT = 0.5305
"""Of those annotated who said they would give, the share who paid something."""
PAID_BINS = (0.1698, 0.1628, 0.214, 0.2581, 0.1953)
"""Of the payments above zero, clipped at $2: up to 10c, 25c, 50c, $1, $2."""
PLEDGED_BINS = (0.2012, 0.1646, 0.1829, 0.1463, 0.3049)
"""The same of the intended donations."""
PAID_SUMS = {0.05: 0.0767, 0.1: 0.093, 0.15: 0.0442, 0.2: 0.0721, 0.25: 0.0465, 0.3: 0.0814, 0.5: 0.1372, 0.75:
    0.0279, 1.0: 0.2279, 1.5: 0.0209, 2.0: 0.1721}
"""Payments above zero, clipped at $2, by nearest round sum in dollars."""
REPLIES = {"acknowledge": 0.059, "answer-neutral": 0.013, "answer-no": 0.044, "answer-yes": 0.076, "ask-back":
    0.079, "ask-intention": 0.019, "ask-organisation": 0.141, "ask-procedure": 0.046, "closing": 0.002,
    "decision": 0.1, "greeting": 0.07, "negative-reaction": 0.037, "neutral-reaction": 0.022, "other":
    0.08, "positive-reaction": 0.2, "thank": 0.013}
"""The share of each class among the classes of the persuadee's replies, to the first stance."""
REPLIES_AFTER = {
    "propose-donation": {"acknowledge": 0.021, "answer-neutral": 0.007, "answer-no": 0.021, "answer-yes":
        0.016, "ask-back": 0.067, "ask-intention": 0.039, "ask-organisation": 0.3, "ask-procedure":
        0.104, "greeting": 0.015, "negative-reaction": 0.078, "neutral-reaction": 0.052, "other": 0.048,
        "positive-reaction": 0.231},
    "personal-inquiry": {"acknowledge": 0.009, "answer-neutral": 0.067, "answer-no": 0.132, "answer-yes":
        0.375, "ask-back": 0.088, "ask-organisation": 0.059, "ask-procedure": 0.008, "greeting": 0.002,
        "negative-reaction": 0.027, "neutral-reaction": 0.027, "other": 0.039, "positive-reaction":
        0.168},
    "source-inquiry": {"acknowledge": 0.011, "answer-neutral": 0.01, "answer-no": 0.254, "answer-yes":
        0.289, "ask-back": 0.051, "ask-intention": 0.01, "ask-organisation": 0.242, "ask-procedure":
        0.016, "greeting": 0.026, "negative-reaction": 0.016, "neutral-reaction": 0.001, "other": 0.021,
        "positive-reaction": 0.054},
    "pressure": {"acknowledge": 0.063, "answer-neutral": 0.015, "answer-no": 0.051, "answer-yes": 0.087,
        "ask-back": 0.09, "ask-intention": 0.02, "ask-organisation": 0.162, "ask-procedure": 0.047,
        "closing": 0.002, "greeting": 0.081, "negative-reaction": 0.04, "neutral-reaction": 0.025,
        "other": 0.085, "positive-reaction": 0.22, "thank": 0.011},
    "donation-information": {"acknowledge": 0.107, "answer-neutral": 0.001, "answer-no": 0.002,
        "answer-yes": 0.014, "ask-back": 0.127, "ask-intention": 0.02, "ask-organisation": 0.159,
        "ask-procedure": 0.2, "closing": 0.01, "greeting": 0.004, "negative-reaction": 0.058,
        "neutral-reaction": 0.029, "other": 0.07, "positive-reaction": 0.161, "thank": 0.038},
    "foot-in-the-door": {"acknowledge": 0.161, "answer-neutral": 0.001, "answer-no": 0.004, "answer-yes":
        0.007, "ask-back": 0.101, "ask-intention": 0.017, "ask-organisation": 0.122, "ask-procedure":
        0.051, "greeting": 0.006, "negative-reaction": 0.097, "neutral-reaction": 0.049, "other": 0.054,
        "positive-reaction": 0.33, "thank": 0.001},
    "personal-story": {"acknowledge": 0.153, "answer-neutral": 0.001, "answer-no": 0.004, "answer-yes":
        0.007, "ask-back": 0.139, "ask-intention": 0.018, "ask-organisation": 0.079, "ask-procedure":
        0.037, "greeting": 0.007, "negative-reaction": 0.036, "neutral-reaction": 0.018, "other": 0.073,
        "positive-reaction": 0.428, "thank": 0.001},
    "self-modeling": {"acknowledge": 0.129, "answer-neutral": 0.001, "answer-no": 0.005, "answer-yes":
        0.029, "ask-back": 0.091, "ask-intention": 0.063, "ask-organisation": 0.119, "ask-procedure":
        0.046, "greeting": 0.008, "negative-reaction": 0.025, "neutral-reaction": 0.023, "other": 0.111,
        "positive-reaction": 0.329, "thank": 0.022},
    "emotion-appeal": {"acknowledge": 0.129, "answer-neutral": 0.024, "answer-no": 0.002, "answer-yes":
        0.011, "ask-back": 0.107, "ask-intention": 0.048, "ask-organisation": 0.094, "ask-procedure":
        0.026, "greeting": 0.003, "negative-reaction": 0.041, "neutral-reaction": 0.025, "other": 0.083,
        "positive-reaction": 0.406},
    "logical-appeal": {"acknowledge": 0.075, "answer-neutral": 0.011, "answer-no": 0.023, "answer-yes":
        0.015, "ask-back": 0.087, "ask-intention": 0.042, "ask-organisation": 0.06, "ask-procedure":
        0.064, "closing": 0.01, "greeting": 0.004, "negative-reaction": 0.085, "neutral-reaction": 0.012,
        "other": 0.056, "positive-reaction": 0.455, "thank": 0.001},
    "credibility-appeal": {"acknowledge": 0.09, "answer-neutral": 0.006, "answer-no": 0.009,
        "answer-yes": 0.003, "ask-back": 0.103, "ask-intention": 0.019, "ask-organisation": 0.278,
        "ask-procedure": 0.052, "greeting": 0.003, "negative-reaction": 0.042, "neutral-reaction": 0.038,
        "other": 0.069, "positive-reaction": 0.272, "thank": 0.017},
    "closing": {"acknowledge": 0.035, "answer-neutral": 0.008, "answer-no": 0.028, "answer-yes": 0.048,
        "ask-back": 0.05, "ask-intention": 0.011, "ask-organisation": 0.09, "ask-procedure": 0.026,
        "closing": 0.112, "greeting": 0.045, "negative-reaction": 0.022, "neutral-reaction": 0.014,
        "other": 0.158, "positive-reaction": 0.122, "thank": 0.229},
    "greeting": {"acknowledge": 0.012, "answer-no": 0.001, "answer-yes": 0.002, "ask-back": 0.058,
        "ask-intention": 0.011, "ask-organisation": 0.024, "ask-procedure": 0.001, "greeting": 0.738,
        "negative-reaction": 0.001, "neutral-reaction": 0.006, "other": 0.109, "positive-reaction":
        0.026, "thank": 0.01},
    "appreciation": {"acknowledge": 0.095, "answer-neutral": 0.001, "answer-no": 0.013, "answer-yes":
        0.004, "ask-back": 0.127, "ask-intention": 0.032, "ask-organisation": 0.09, "ask-procedure":
        0.064, "closing": 0.01, "greeting": 0.014, "negative-reaction": 0.043, "neutral-reaction": 0.022,
        "other": 0.198, "positive-reaction": 0.236, "thank": 0.052},
    "none": {"acknowledge": 0.02, "answer-neutral": 0.001, "answer-no": 0.004, "answer-yes": 0.021,
        "ask-back": 0.096, "ask-intention": 0.002, "ask-organisation": 0.117, "ask-procedure": 0.033,
        "greeting": 0.021, "negative-reaction": 0.048, "neutral-reaction": 0.002, "other": 0.514,
        "positive-reaction": 0.121, "thank": 0.001},
}
"""The same of replies without a stance, given the act they answer, smoothed by five of the overall shares."""
REPLIES_TILT = (
    {"acknowledge": 0.787, "answer-neutral": 1.032, "answer-no": 1.109, "answer-yes": 1.019, "ask-back":
        0.82, "ask-intention": 0.882, "ask-organisation": 0.922, "ask-procedure": 0.748, "closing":
        0.993, "greeting": 1.206, "negative-reaction": 0.782, "neutral-reaction": 0.905, "other": 0.691,
        "positive-reaction": 0.784, "thank": 0.638},
    {"acknowledge": 1.085, "answer-neutral": 0.953, "answer-no": 0.833, "answer-yes": 1.229, "ask-back":
        1.25, "ask-intention": 0.954, "ask-organisation": 1.303, "ask-procedure": 0.594, "closing":
        0.962, "greeting": 0.474, "negative-reaction": 0.731, "neutral-reaction": 1.078, "other": 1.17,
        "positive-reaction": 0.811, "thank": 1.026},
    {"acknowledge": 1.016, "answer-neutral": 1.1, "answer-no": 1.341, "answer-yes": 0.775, "ask-back":
        1.106, "ask-intention": 1.03, "ask-organisation": 1.069, "ask-procedure": 0.86, "closing": 0.898,
        "greeting": 0.686, "negative-reaction": 0.766, "neutral-reaction": 1.127, "other": 1.01,
        "positive-reaction": 1.004, "thank": 0.66},
    {"acknowledge": 1.221, "answer-neutral": 1.102, "answer-no": 0.915, "answer-yes": 0.909, "ask-back":
        1.276, "ask-intention": 0.818, "ask-organisation": 0.965, "ask-procedure": 0.708, "closing":
        0.912, "greeting": 0.634, "negative-reaction": 1.179, "neutral-reaction": 1.041, "other": 0.974,
        "positive-reaction": 0.994, "thank": 0.542},
    {"acknowledge": 0.89, "answer-neutral": 1.453, "answer-no": 0.684, "answer-yes": 0.87, "ask-back":
        0.676, "ask-intention": 0.842, "ask-organisation": 1.106, "ask-procedure": 1.095, "closing":
        0.857, "greeting": 0.693, "negative-reaction": 1.078, "neutral-reaction": 1.034, "other": 0.814,
        "positive-reaction": 1.177, "thank": 1.235},
    {"acknowledge": 0.826, "answer-neutral": 0.798, "answer-no": 0.917, "answer-yes": 1.267, "ask-back":
        1.022, "ask-intention": 0.566, "ask-organisation": 0.832, "ask-procedure": 1.199, "closing":
        0.885, "greeting": 0.702, "negative-reaction": 1.392, "neutral-reaction": 0.741, "other": 0.878,
        "positive-reaction": 1.171, "thank": 0.97},
    {"acknowledge": 1.093, "answer-neutral": 0.81, "answer-no": 1.185, "answer-yes": 0.682, "ask-back":
        0.792, "ask-intention": 1.394, "ask-organisation": 0.85, "ask-procedure": 1.565, "closing":
        0.904, "greeting": 0.739, "negative-reaction": 1.478, "neutral-reaction": 0.783, "other": 1.246,
        "positive-reaction": 0.864, "thank": 1.061},
    {"acknowledge": 0.685, "answer-neutral": 0.766, "answer-no": 0.926, "answer-yes": 1.066, "ask-back":
        1.096, "ask-intention": 1.268, "ask-organisation": 0.875, "ask-procedure": 1.276, "closing":
        0.87, "greeting": 0.748, "negative-reaction": 0.754, "neutral-reaction": 0.759, "other": 1.057,
        "positive-reaction": 1.178, "thank": 0.947},
    {"acknowledge": 1.283, "answer-neutral": 0.723, "answer-no": 0.767, "answer-yes": 0.676, "ask-back":
        0.715, "ask-intention": 1.473, "ask-organisation": 0.6, "ask-procedure": 0.94, "closing": 1.805,
        "greeting": 0.734, "negative-reaction": 0.732, "neutral-reaction": 1.387, "other": 1.377,
        "positive-reaction": 0.918, "thank": 2.044},
)
"""What multiplies the weight of a class at turn 0, 1, ... 7, 8 on."""
REPLIES_NEXT = (
    {"acknowledge": 0.884, "answer-neutral": 1.063, "answer-no": 1.061, "answer-yes": 0.987, "ask-back":
        0.898, "ask-intention": 0.83, "ask-organisation": 0.904, "ask-procedure": 0.742, "closing":
        1.396, "greeting": 0.998, "negative-reaction": 1.155, "neutral-reaction": 0.959, "other": 0.974,
        "positive-reaction": 1.181, "thank": 0.935},
    {"acknowledge": 1.116, "answer-neutral": 0.758, "answer-no": 0.743, "answer-yes": 1.044, "ask-back":
        1.136, "ask-intention": 1.232, "ask-organisation": 1.117, "ask-procedure": 1.236, "closing":
        0.664, "greeting": 0.658, "negative-reaction": 0.805, "neutral-reaction": 1.02, "other": 1.068,
        "positive-reaction": 0.797, "thank": 1.12},
)
"""What multiplies it after an own reply that asked nothing, and after one that did."""
LISTENING = 0.849
"""How often a persuader's next turn answers what they were asked."""
REPLIES_COUNTED = {"credibility-appeal": 363, "personal-inquiry": 205, "greeting": 173, "source-inquiry": 140,
    "propose-donation": 120, "emotion-appeal": 95, "donation-information": 76, "appreciation": 70,
    "logical-appeal": 68, "none": 54, "foot-in-the-door": 43, "personal-story": 36, "self-modeling": 35,
    "closing": 2}
"""How many replies without a stance answer each act."""
REACTIONS = ((238, 48), (207, 84))
"""How many replies react well, and how many coolly (neutral or negative): those who paid, those who did not."""
REPLY_SIZES = (0.726, 0.254, 0.02)
"""The share of replies without a stance that hold one, two, three or more classes."""
STANCE = {"ask": (0.4044, 0.5, 0.625), "giving": (0.1389, 0.1694, 0.3187), "else": (0.0134, 0.0511, 0.0816)}
"""The chance that a reply takes the first stance, by occasion; at turns 0-2, 3-5, 6 on."""
STANCE_TURN = 6.338
"""The mean turn, from 1, of the first stance of those taken within ten turns."""
STANCE_SHARE = 0.876
"""The share of talks with a stance within ten turns."""
CROWD = (
    {"credibility-appeal": 0.052, "donation-information": 0.007, "emotion-appeal": 0.017, "greeting":
        0.583, "logical-appeal": 0.007, "personal-inquiry": 0.083, "propose-donation": 0.107,
        "source-inquiry": 0.145},
    {"appreciation": 0.066, "closing": 0.003, "credibility-appeal": 0.219, "donation-information": 0.012,
        "emotion-appeal": 0.036, "foot-in-the-door": 0.006, "greeting": 0.228, "logical-appeal": 0.027,
        "personal-inquiry": 0.177, "personal-story": 0.003, "propose-donation": 0.057, "self-modeling":
        0.021, "source-inquiry": 0.144},
    {"appreciation": 0.157, "credibility-appeal": 0.321, "donation-information": 0.032, "emotion-appeal":
        0.071, "foot-in-the-door": 0.029, "greeting": 0.016, "logical-appeal": 0.058, "personal-inquiry":
        0.135, "personal-story": 0.016, "propose-donation": 0.054, "self-modeling": 0.038,
        "source-inquiry": 0.074},
    {"appreciation": 0.139, "credibility-appeal": 0.307, "donation-information": 0.042, "emotion-appeal":
        0.1, "foot-in-the-door": 0.029, "logical-appeal": 0.055, "personal-inquiry": 0.104,
        "personal-story": 0.052, "propose-donation": 0.091, "self-modeling": 0.042, "source-inquiry":
        0.039},
    {"appreciation": 0.184, "credibility-appeal": 0.233, "donation-information": 0.073, "emotion-appeal":
        0.09, "foot-in-the-door": 0.042, "logical-appeal": 0.108, "personal-inquiry": 0.073,
        "personal-story": 0.045, "propose-donation": 0.094, "self-modeling": 0.045, "source-inquiry":
        0.014},
    {"appreciation": 0.151, "credibility-appeal": 0.264, "donation-information": 0.092, "emotion-appeal":
        0.067, "foot-in-the-door": 0.059, "logical-appeal": 0.079, "personal-inquiry": 0.05,
        "personal-story": 0.042, "propose-donation": 0.13, "self-modeling": 0.033, "source-inquiry":
        0.033},
    {"appreciation": 0.179, "credibility-appeal": 0.224, "donation-information": 0.09, "emotion-appeal":
        0.055, "foot-in-the-door": 0.06, "logical-appeal": 0.1, "personal-inquiry": 0.06,
        "personal-story": 0.025, "propose-donation": 0.164, "self-modeling": 0.035, "source-inquiry":
        0.01},
    {"appreciation": 0.222, "credibility-appeal": 0.176, "donation-information": 0.163, "emotion-appeal":
        0.052, "foot-in-the-door": 0.026, "logical-appeal": 0.098, "personal-inquiry": 0.026,
        "personal-story": 0.033, "propose-donation": 0.15, "self-modeling": 0.039, "source-inquiry":
        0.013},
    {"appreciation": 0.192, "closing": 0.017, "credibility-appeal": 0.146, "donation-information": 0.188,
        "emotion-appeal": 0.038, "foot-in-the-door": 0.042, "logical-appeal": 0.079, "personal-inquiry":
        0.025, "personal-story": 0.008, "propose-donation": 0.213, "self-modeling": 0.05},
)
"""The persuader's acts by turn: 0, 1, ... 7, 8 on."""
CROWD_ACTS = {"appreciation": 0.135, "closing": 0.002, "credibility-appeal": 0.22, "donation-information": 0.068,
    "emotion-appeal": 0.059, "foot-in-the-door": 0.03, "greeting": 0.106, "logical-appeal": 0.063,
    "personal-inquiry": 0.09, "personal-story": 0.024, "propose-donation": 0.11, "self-modeling": 0.033,
    "source-inquiry": 0.06}
"""The same of all turns."""
CROWD_SIZES = (0.657, 0.268, 0.075)
"""The share of the persuader's turns with one, two, three or more acts."""
TRAITS_ON_PAID = {"agreeable": (0.192, 0.087), "care": (0.331, 0.092), "neurotic": (0.111, 0.075), "rational": (0.168,
    0.083), "intuitive": (-0.053, 0.075), "freedom": (-0.152, 0.083)}
"""Logits of paying per standard deviation of an attribute, and the standard error; jointly, all people."""
STRATEGIES_ON_PAID = {"source-inquiry": (0.55, 0.284), "personal-inquiry": (-0.795, 0.269), "logical-appeal": (0.333, 0.292),
    "emotion-appeal": (0.153, 0.285), "credibility-appeal": (-0.348, 0.356), "personal-story": (0.588,
    0.41), "self-modeling": (-0.602, 0.334), "foot-in-the-door": (-0.253, 0.327), "donation-information":
    (-0.07, 0.278)}
"""Logits of paying when the strategy was used before the stance, likewise, annotated talks."""
TRAITS_ON_PLEDGE = {"agreeable": (-0.067, 0.081), "care": (-0.056, 0.073), "neurotic": (0.079, 0.068), "rational": (0.024,
    0.067), "intuitive": (0.079, 0.061), "freedom": (-0.024, 0.067)}
"""Dollars of intended donation, clipped at $2, per standard deviation, and the standard error."""
STRATEGIES_ON_PLEDGE = {"source-inquiry": (-0.321, 0.125), "personal-inquiry": (-0.021, 0.118), "logical-appeal": (-0.123,
    0.129), "emotion-appeal": (-0.091, 0.125), "credibility-appeal": (-0.191, 0.155), "personal-story":
    (0.136, 0.177), "self-modeling": (0.15, 0.143), "foot-in-the-door": (-0.035, 0.14),
    "donation-information": (0.057, 0.125)}
"""Dollars of intended donation when the strategy was used before the stance, likewise."""
CROWD_TILT = {"appreciation": 1.817, "closing": 0.667, "credibility-appeal": 1.403, "donation-information": 1.034,
    "emotion-appeal": 0.675, "foot-in-the-door": 0.268, "greeting": 1.624, "logical-appeal": 0.596,
    "personal-inquiry": 0.885, "personal-story": 0.25, "propose-donation": 1.294, "self-modeling": 0.374,
    "source-inquiry": 1.296}
"""Tuned: what multiplies the weight of an act of the crowd, so that with its answers CROWD_ACTS come out."""
INTERCEPT = -0.211
"""Tuned on the crowd: the inclination, in logits, at which the simulated donation rate is PAID."""
PURSE = {0.05: 0.0859, 0.1: 0.1042, 0.15: 0.0419, 0.2: 0.0682, 0.25: 0.044, 0.3: 0.0633, 0.5: 0.1067, 0.75:
    0.0309, 1.0: 0.2527, 1.5: 0.022, 2.0: 0.1803}
"""Tuned on the crowd: how often a person has each sum, in dollars, in mind, so that gifts fall into PAID_BINS."""
