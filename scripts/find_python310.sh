#!/bin/sh
# Print the path of a Python 3.10, which Rasa Open Source 3.6 needs; fetch one with uv where there is uv and no 3.10.
# Without success: say on stderr what to do, and fail.
is_310() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 10))' 2>/dev/null
}

shim=$(command -v python3.10)
pyenv_root=${PYENV_ROOT:-$HOME/.pyenv}
# A shim of pyenv is found on the path even where it starts nothing; what it stands for lies beside it.
for path in "$shim" "${shim%/shims/*}"/versions/3.10.*/bin/python3.10 "$pyenv_root"/versions/3.10.*/bin/python3.10 \
    "$(command -v python3)" /usr/bin/python3.10 /usr/local/bin/python3.10 /opt/homebrew/bin/python3.10; do
    if [ -n "$path" ] && [ -x "$path" ] && is_310 "$path"; then
        echo "$path"
        exit 0
    fi
done

if command -v uv >/dev/null 2>&1; then
    for try in find fetch; do
        if path=$(uv python find --no-project --managed-python 3.10 2>/dev/null) && is_310 "$path"; then
            echo "$path"
            exit 0
        fi
        if [ "$try" = find ]; then
            echo "No Python 3.10 here; fetching one with uv ..." >&2
            uv python install 3.10 >&2 || break
        fi
    done
fi

cat >&2 <<'END'
Rasa Open Source 3.6 needs Python 3.10, and none was found. Any one of these provides it; then run `make rasa` again:
  uv:      uv python install 3.10       (uv: https://docs.astral.sh/uv/)
  pyenv:   pyenv install 3.10
  Ubuntu:  apt install python3.10 python3.10-venv    (22.04, or the deadsnakes PPA)
  own:     make rasa PYTHON310=/path/to/python3.10
Or run Rasa in its container: docker compose --profile rasa up --detach
The embedded engine, which is the default, does not need it.
END
exit 1
