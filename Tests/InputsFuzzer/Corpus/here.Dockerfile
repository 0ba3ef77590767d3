FROM base
RUN <<EOF
echo hello
EOF
COPY <<-"A" <<B src/${NAME:+x}/[a-c]? /d/
	one
	A
two
B
ONBUILD COPY . /app
