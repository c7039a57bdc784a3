"""Where defaults come from, as far as there is something to translate: the rest are names."""

from django.utils.translation import gettext_noop

SOURCES = (
    gettext_noop("Ahmadian et al. 2024, who take 2 or 4"),
    gettext_noop("Dettmers et al. 2023 (QLoRA), NF4 with double quantization"),
    gettext_noop("Ethayarajh et al. 2024: weight times number should be within 1:1 and 4:3"),
    gettext_noop("Guo et al. 2024; above 0 it is Mitchell 2023 (cDPO)"),
    gettext_noop("Jeffreys' prior of a share"),
    gettext_noop("Meng et al. 2024: between 2 and 10"),
    gettext_noop("Meng et al. 2024: between 3e-7 and 1e-6"),
    gettext_noop("Meng et al. 2024: half of beta for Llama-3-Base"),
    gettext_noop("Meng et al. 2024; above 0 it is CPO-SimPO"),
    gettext_noop(
        "Rafailov et al. 2023 and Bradley & Terry 1952 take the outcome as certain; "
        "turn it on where three or more people judged each pair"
    ),
    gettext_noop("Rafailov et al. 2023 and Zephyr: preference data is seen once"),
    gettext_noop("Rafailov et al. 2023, appendix B"),
    gettext_noop(
        "Rafailov et al. 2023; above 0 it is Mitchell 2023 (cDPO), or, with the "
        "robust loss, Chowdhury et al. 2024"
    ),
    gettext_noop("Rafailov et al. 2023; above 0 it is Pang et al. 2024 (RPO)"),
    gettext_noop(
        "Rafailov et al. 2023; above 0 it is Touvron et al. 2023 (Llama 2) and "
        "Amini et al. 2024 (ODPO)"
    ),
    gettext_noop("Rafailov et al. 2023; an order is Bengio et al. 2009"),
    gettext_noop("Rafailov et al. 2023; below 1 it is Liu et al. 2024 (LD-DPO)"),
    gettext_noop(
        "Rafailov et al. 2023; for ipo, its authors; the mean with sigmoid is "
        "Lambert et al. 2024 (Tülu 3)"
    ),
    gettext_noop("Schulman et al. 2017; above 1, usually 3, it is Ye et al. 2020"),
    gettext_noop("Schulman et al. 2017; above clip_range it is Yu et al. 2025 (clip-higher)"),
    gettext_noop("Schulman et al. 2017 use 0.01 elsewhere; language models mostly 0"),
    gettext_noop("Shao et al. 2024, eq. 4"),
    gettext_noop("Shao et al. 2024; above 0 it is Yu et al. 2025 (DAPO)"),
    gettext_noop("Shao et al. 2024; off it is Liu et al. 2025 (Dr. GRPO)"),
    gettext_noop("Shao et al. 2024; on it is Yu et al. 2025 (DAPO)"),
    gettext_noop(
        "Shao et al. 2024; token is Yu et al. 2025 (DAPO), constant Liu et al. 2025 (Dr. GRPO)"
    ),
    gettext_noop("Shao et al. 2024; sequence is Zheng et al. 2025 (GSPO), cispo MiniMax 2025"),
    gettext_noop("Stiennon et al. 2020; Eisenstein et al. 2023 use 0.01"),
    gettext_noop("Stiennon et al. 2020; more are Osband et al. 2016"),
    gettext_noop("TRL and the alignment handbook"),
    gettext_noop("TRL turns dropout off; above 0 it is Gal & Ghahramani 2016"),
    gettext_noop("TRL; Ethayarajh et al. 2024: between 5e-7 and 5e-6"),
    gettext_noop("TRL; Shao et al. 2024 take 64"),
    gettext_noop("TRL; above 0 it is He et al. 2025 (Skywork-OR1)"),
    gettext_noop("TRL; above 0 it is Ziegler et al. 2019, who take 6"),
    gettext_noop("TRL; on it is Ziegler et al. 2019"),
    gettext_noop("the model's own distribution"),
    gettext_noop("the model's own distribution; below 1 it is Holtzman et al. 2020"),
)
