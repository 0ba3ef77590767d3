import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ValueErrorTests {
    @Test(arguments: [
        (
            "images: []\n",
            "FILE:1:9: \"images\": found a list, expected a map from images' names to their settings"
        ),
        (
            "images: {a b: {}}\n",
            "FILE:1:10: found the image name \"a b\", expected at most 100 letters, digits, and _ . -, the first a letter or digit"
        ),
        (
            "images: {-a: {}}\n",
            "FILE:1:10: found the image name \"-a\", expected at most 100 letters, digits, and _ . -, the first a letter or digit"
        ),
        ("images: {a: x}\n", "FILE:1:13: \"a\": found \"x\", expected a map of an image's settings"),
        (
            "image: {}\nimages: {a: {}}\n",
            "FILE:1:8: \"image\": found both image and images, expected one of them; move it to images, under the name default"
        ),
        (
            "image:\n  contxt: docker\n",
            "FILE:2:3: found the unknown key \"contxt\", expected one of args, build-contexts, build-hash, cache-from, cache-to, context, dockerfile, entitlements, keep, lock, network, platform, pull, record, tag, target; did you mean \"context\"?"
        ),
        (
            "imagse:\n",
            "FILE:1:1: found the unknown key \"imagse\", expected one of image, images, reaping; did you mean \"image\"?"
        ),
        (
            "image: {cacheFrom: x}\n",
            "FILE:1:9: found the unknown key \"cacheFrom\", expected one of args, build-contexts, build-hash, cache-from, cache-to, context, dockerfile, entitlements, keep, lock, network, platform, pull, record, tag, target; did you mean \"cache-from\"?"
        ),
        (
            "image: {build-hash: ['src/*/a.py']}\n",
            "FILE:1:22: \"build-hash\": found a wildcard in the folder of ROOT/src/*/a.py, expected it in the file's name alone"
        ),
        (
            "image: {build-hash: ../a}\n",
            "FILE:1:21: \"build-hash\": REPO/a lies outside of the project ROOT"
        ),
        (
            "image: {zebra: 1}\n",
            "FILE:1:9: found the unknown key \"zebra\", expected one of args, build-contexts, build-hash, cache-from, cache-to, context, dockerfile, entitlements, keep, lock, network, platform, pull, record, tag, target"
        ),
        (
            "reaping: {older_than: 1h}\n",
            "FILE:1:11: found the unknown key \"older_than\", expected one of every, exempt, older-than, patterns, running-older-than; did you mean \"older-than\"?"
        ),
        (
            "\"a\\e[31m\\nb\": 1\n",
            "FILE:1:1: found the unknown key \"a\\u{1B}[31m\\nb\", expected one of image, images, reaping"
        ),
        (
            "image: {args: {A: \"${FOO:-x}\"}}\n",
            "FILE:1:19: \"A\": found \"${FOO:-x}\", but variables of the environment, which differ between the agent and a command, are not put in; write the value itself; a build argument may have it in the Dockerfile too, as `ARG NAME=value`"
        ),
        (
            "image:\n  args:\n  - A=${FOO}\n",
            "FILE:3:5: \"args\": found \"A=${FOO}\", but variables of the environment, which differ between the agent and a command, are not put in; write the value itself; a build argument may have it in the Dockerfile too, as `ARG NAME=value`"
        ),
        (
            "image: {context: \"${DIR}\"}\n",
            "FILE:1:18: \"context\": found \"${DIR}\", but variables of the environment, which differ between the agent and a command, are not put in; write the value itself; a build argument may have it in the Dockerfile too, as `ARG NAME=value`"
        ),
        (
            "image: {tag: [x]}\n",
            "FILE:1:14: \"tag\": found a list, expected an image reference such as app-test:latest"
        ),
        (
            "image: {tag: X}\n",
            "FILE:1:14: \"tag\": found \"X\", expected an image reference such as app-test:latest: \"X\" has upper-case letters"
        ),
        (
            "image: {tag: \"x@sha256:00\"}\n",
            "FILE:1:14: \"tag\": found \"x@sha256:00\", expected an image reference such as app-test:latest: it has a digest, which only a built image gets"
        ),
        (
            "image: {tag: 'docker.io/library/stoker-build:1'}\n",
            "FILE:1:14: \"tag\": found \"docker.io/library/stoker-build:1\", expected an image reference such as app-test:latest: the repository stoker-build is Stoker's own"
        ),
        (
            "image:\n  tag: stoker-kept:mine\n",
            "FILE:2:8: \"tag\": found \"stoker-kept:mine\", expected an image reference such as app-test:latest: the repository stoker-kept is Stoker's own"
        ),
        ("image: {target: a b}\n", "FILE:1:17: \"target\": found \"a b\", expected a stage's name"),
        (
            "image: {platform: linux}\n",
            "FILE:1:19: \"platform\": found \"linux\", expected one platform such as linux/amd64 or linux/arm/v7"
        ),
        (
            "image: {platform: 'linux/amd64,linux/arm64'}\n",
            "FILE:1:19: \"platform\": found the string \"linux/amd64,linux/arm64\", expected one platform such as linux/amd64 or linux/arm/v7"
        ),
        (
            "image: {network: --privileged}\n",
            "FILE:1:18: \"network\": found \"--privileged\", expected default, none, host or a network's name"
        ),
        ("image: {pull: yes}\n", "FILE:1:15: \"pull\": found \"yes\", expected true or false"),
        ("image: {pull: 'true'}\n", "FILE:1:15: \"pull\": found the string \"true\", expected true or false"),
        ("image: {pull: 1}\n", "FILE:1:15: \"pull\": found \"1\", expected true or false"),
        (
            "image: {args: {A: }}\n",
            "FILE:1:16: found the build argument \"A\" without a value, which would come from the environment, and that differs between the agent and a command; write A: VALUE"
        ),
        (
            "image:\n  args:\n    - A=1\n    - B\n",
            "FILE:4:7: \"args\": found the build argument \"B\" without a value, which would come from the environment, and that differs between the agent and a command; write B=VALUE"
        ),
        (
            "image: {args: [A=1, A=2]}\n",
            "FILE:1:21: \"args\": found the build argument \"A\" more than once; keep one of them"
        ),
        (
            "image: {args: [=1]}\n",
            "FILE:1:16: \"args\": found the build argument \"\", expected a name without spaces"
        ),
        (
            "image: {args: {A B: 1}}\n",
            "FILE:1:16: found the build argument \"A B\", expected a name without spaces"
        ),
        (
            "image: {args: {A: [1]}}\n",
            "FILE:1:19: \"A\": found a list, expected a string, a number, true or false"
        ),
        (
            "image: {args: A=1}\n",
            "FILE:1:15: \"args\": found \"A=1\", expected a map, or a list of NAME=value"
        ),
        ("image: {args: [null]}\n", "FILE:1:16: \"args\": found nothing, expected NAME=value"),
        (
            "image: {cache-from: {a: b}}\n",
            "FILE:1:21: \"cache-from\": found a map, expected a string or a list of strings"
        ),
        (
            "image: {cache-from: [x, null]}\n",
            "FILE:1:25: \"cache-from\": found nothing, expected a cache such as type=local,src=.cache or an image reference"
        ),
        (
            "image: {cache-to: ''}\n",
            "FILE:1:19: \"cache-to\": found the string \"\", expected a cache such as type=local,src=.cache or an image reference"
        ),
        (
            "image: {cache-to: 'type=local,oops'}\n",
            "FILE:1:19: \"cache-to\": found the string \"type=local,oops\", expected a cache such as type=local,src=.cache or an image reference"
        ),
        (
            "image: {cache-to: [type=local,dest=x]}\n",
            "FILE:1:20: \"cache-to\": found \"type=local\", expected a cache such as type=local,src=.cache or an image reference; put the whole entry between quotes"
        ),
        (
            "image: {cache-to: ['dest=x']}\n",
            "FILE:1:20: \"cache-to\": found the string \"dest=x\", expected a cache such as type=local,src=.cache or an image reference; put the whole entry between quotes"
        ),
        (
            "image: {cache-to: 'type=inline,type=local'}\n",
            "FILE:1:19: \"cache-to\": found the string \"type=inline,type=local\", expected a cache such as type=local,src=.cache or an image reference"
        ),
        (
            "image: {build-contexts: [x]}\n",
            "FILE:1:25: \"build-contexts\": found a list, expected a map from names to folders or references"
        ),
        (
            "image: {build-contexts: {x: }}\n",
            "FILE:1:29: \"x\": found nothing, expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        ),
        (
            "image: {build-contexts: {x: 'docker-image://'}}\n",
            "FILE:1:29: \"x\": found the string \"docker-image://\", expected a folder, docker-image://…, oci-layout://…, https://…, git://… or target:…"
        ),
        (
            "image: {build-contexts: {'=': lib}}\n",
            "FILE:1:26: found the build context \"=\", expected a name or an image reference"
        ),
        (
            "image: {context: 'https://example.org/a.git'}\n",
            "FILE:1:18: \"context\": found \"https://example.org/a.git\", expected a folder's path, not a URL"
        ),
        ("image: {context: ''}\n", "FILE:1:18: \"context\": found the string \"\", expected a folder's path"),
        (
            "reaping: 3\n",
            "FILE:1:10: \"reaping\": found \"3\", expected a map with the keys every, exempt, older-than, patterns, running-older-than"
        ),
        (
            "reaping: {every: 15}\n",
            "FILE:1:18: \"every\": \"15\" is not a duration: the unit is missing; write whole numbers with the units d, h, m or s, as in 90s, 15m, 2h30m or 1d"
        ),
        ("reaping: {every: 0s}\n", "FILE:1:18: \"every\": found 0 s, expected at least 1s"),
        (
            "reaping: {older-than: -1h}\n",
            "FILE:1:23: \"older-than\": \"-1h\" is not a duration: it is negative; write whole numbers with the units d, h, m or s, as in 90s, 15m, 2h30m or 1d"
        ),
        (
            "reaping: {older-than: [1h]}\n",
            "FILE:1:23: \"older-than\": found a list, expected a duration such as 90s, 15m, 2h30m or 1d"
        ),
        (
            "reaping: {patterns: []}\n",
            "FILE:1:21: \"patterns\": found an empty list, expected a pattern such as clud-*-{hex:8}, or a list of them"
        ),
        (
            "reaping: {patterns: {a: b}}\n",
            "FILE:1:21: \"patterns\": found a map, expected a pattern such as clud-*-{hex:8}, or a list of them"
        ),
        (
            "reaping: {patterns: [~]}\n",
            "FILE:1:22: \"patterns\": found nothing, expected a pattern such as clud-*-{hex:8}"
        ),
    ])
    func aWrongValueIsRefusedWithItsPlace(yaml: String, expected: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(fixture.failure { try fixture.load(yaml) } == expected)
    }

    @Test(arguments: [
        (
            "images: {a: {tag: x}, b: {tag: 'docker.io/library/x:latest'}}\n",
            "FILE:1:23: the images a and b have the same tag docker.io/library/x:latest"
        ),
        ("images: {A: , a: }\n", "FILE:1:15: the images A and a have the same tag app-test-a:latest"),
        (
            "images:\n  a: {record: r}\n  b: {record: ./x/../r}\n",
            "FILE:3:3: the record of image b is the same file as the record of image a: ROOT/r"
        ),
        (
            "images: {a: {lock: l}, b: {lock: l}}\n",
            "FILE:1:24: the lock of image b is the same file as the lock of image a: ROOT/l"
        ),
        (
            "image: {record: f, lock: f}\n",
            "FILE:1:8: the lock of image default is the same file as the record of image default: ROOT/f"
        ),
        (
            "images: {a: {record: f}, b: {lock: f}}\n",
            "FILE:1:26: the lock of image b is the same file as the record of image a: ROOT/f"
        ),
        (
            "image: {record: Dockerfile}\n",
            "FILE:1:8: the record of image default is the same file as the Dockerfile of image default: ROOT/Dockerfile"
        ),
        (
            "image: {dockerfile: a.txt, lock: a.txt.dockerignore}\n",
            "FILE:1:8: the lock of image default is the same file as an ignore file: ROOT/a.txt.dockerignore"
        ),
        (
            "image: {context: c, lock: c/.dockerignore}\n",
            "FILE:1:8: the lock of image default is the same file as an ignore file: ROOT/c/.dockerignore"
        ),
        (
            "image: {record: stoker.yaml}\n",
            "FILE:1:8: the record of image default is the same file as the configuration: FILE"
        ),
        (
            "images: {a: {dockerfile: x}, b: {lock: x}}\n",
            "FILE:1:30: the lock of image b is the same file as the Dockerfile of image a: ROOT/x"
        ),
    ])
    func imagesThatWouldOverwriteEachOtherAreRefused(yaml: String, expected: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(fixture.failure { try fixture.load(yaml) } == expected)
    }

    @Test(arguments: [
        (
            "secrets: [id=x]\n",
            "FILE:1:1: found the key \"secrets\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as projects: {ROOT: {secrets: […]}}"
        ),
        (
            "image: {ssh: default}\n",
            "FILE:1:9: found the key \"ssh\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as projects: {ROOT: {ssh: […]}}"
        ),
        (
            "images:\n  a:\n    secrets: []\n",
            "FILE:3:5: found the key \"secrets\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as projects: {ROOT: {secrets: […]}}"
        ),
        (
            "engine: {host: 'tcp://evil:2375'}\n",
            "FILE:1:1: found the key \"engine\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as engine"
        ),
        (
            "client: /bin/sh\n",
            "FILE:1:1: found the key \"client\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as client"
        ),
        (
            "agent:\n",
            "FILE:1:1: found the key \"agent\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as agent"
        ),
        (
            "reaping: {}\nprojects: {}\n",
            "FILE:2:1: found the key \"projects\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as projects"
        ),
        (
            "allow: [/]\n",
            "FILE:1:1: found the key \"allow\", which belongs in the user's own configuration, since a cloned repository must not be able to read the machine; move it to USER, as projects: {ROOT: {allow: […]}}"
        ),
    ])
    func whatOnlyTheUserMaySetIsRefusedInAProject(yaml: String, expected: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(fixture.failure { try fixture.load(yaml) } == expected)
    }
}
