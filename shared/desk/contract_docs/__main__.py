"""`python -m desk.contract_docs generate` writes the published documents; `check` names what has come apart."""

import sys

from desk.contract_docs.generate import main

sys.exit(main(sys.argv[1:]))
