#!/bin/sh
# Writes .env beside this file with fresh secrets, readable by its owner alone. A file that is there is left as it is.
set -eu
file=$(dirname "$0")/.env
if [ -e "$file" ]; then
    echo "$file is there already; remove it first to make new secrets (key pairs that were handed out stop working then)" >&2
    exit 1
fi
word() { head -c 64 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | head -c "$1"; }
umask 077
cat > "$file" <<END
TRACKYARD_TOKEN_SECRET=$(word 48)
TRACKYARD_CREDENTIALS_KEY=$(word 48)
CLEARML_AGENT_ACCESS_KEY=$(word 20)
CLEARML_AGENT_SECRET_KEY=$(word 40)
END
echo "wrote $file"
