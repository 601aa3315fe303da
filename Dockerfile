# The runner and the vectors in a container: docker run --rm -v "$PWD:/work" conclave run -- ./my-port
# Build the packages first (npm run package). Add the toolchain that your peer needs in an image of your own, from this one.
FROM node:24-slim
COPY dist/*.tgz /tmp/
RUN npm install --global --offline --no-audit --no-fund /tmp/conclave-vectors-*.tgz /tmp/conclave-conformance-*.tgz && rm /tmp/*.tgz
WORKDIR /work
ENTRYPOINT ["conclave"]
CMD ["--help"]
