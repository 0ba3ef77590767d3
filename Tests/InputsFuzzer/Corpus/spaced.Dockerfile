FROM base AS linux
COPY <<EOF <<a<b y /z
COPY n /n
EOF
RUN cat << RUN ${A%b}
RUN x
RUN
ONBUILD COPY <<-E\ F x /x
	E F
FROM ${TARGETOS}
