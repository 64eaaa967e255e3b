"""Wait until ripieno answers HTTP on the port that is named, and say so."""

import sys
import time
import urllib.request

for _ in range(600):
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/v1/health", timeout=5).close()
        break
    except OSError:
        time.sleep(0.05)
else:
    sys.exit("nobody answers")
sys.stdout.write("ripieno answers\n")
