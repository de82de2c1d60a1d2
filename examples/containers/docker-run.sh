#!/bin/sh
# One line starts it, on port 8080 of this machine alone, with the fixtures of this folder; `docker stop scandouble` ends it.
# podman takes the same line. Everything behind the image's name goes to the program: `… --auth any --scenario slow`.
docker run --rm --detach --name scandouble --read-only --cap-drop all --publish 127.0.0.1:8080:8080 --volume "$PWD/fixtures:/fixtures:ro" registry.example.com/scandouble:0.1.0
