# escape=`
FROM base
COPY a `
  # between
  b /c/
ENV A=b`"c
