FROM ${X:-base} AS a
ARG P=src/app.py
COPY ${P%%.py} ${P##*/} ${P/app/x} "$P" /d/
COPY --exclude=*.md --parents ./a/*/b /e/
