"""The demonstration: projects to judge in, and people to sign in as. Licences: `LICENSES`."""

from annotate.demo.loader import Demo, load_demo_projects
from annotate.demo.sign_ins import SignIn, read_sign_ins

__all__ = ["Demo", "SignIn", "load_demo_projects", "read_sign_ins"]
