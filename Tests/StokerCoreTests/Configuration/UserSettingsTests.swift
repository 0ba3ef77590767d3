import SystemPackage
import Testing

@testable import StokerCore

@Suite struct UserSettingsTests {
    @Test(arguments: ["", "# nothing\n", "engine:\nclient:\nagent:\nprojects:\n", "{engine: {}, agent: {}}"])
    func aFileThatSaysNothingMeansTheDefaults(yaml: String) throws {
        let fixture = try ConfigurationFixture()
        let expected = UserSettings(file: fixture.userFile, home: fixture.home)
        #expect(try UserSettings.load(path: fixture.userFile, home: fixture.home) == expected)
        #expect(try fixture.loadUser(yaml) == expected)
        #expect(expected.engine == nil && expected.client == nil && expected.agentSocket == nil)
        #expect(expected.projects.isEmpty)
    }

    @Test func everySettingIsRead() throws {
        let fixture = try ConfigurationFixture()
        try fixture.link(fixture.base.appending("link"), to: fixture.root.string)
        let settings = try fixture.loadUser(
            """
            engine: {host: "unix:///run/docker.sock"}
            client: podman
            agent: {socket: ~/agent.sock}
            projects:
              ~/src/./app:
              \(fixture.base)/link:
                secrets: ["id=npm,src=~/.npmrc", "id=t,env=TOKEN", "type=file,id=x,source=/run/../etc/x"]
                ssh: [default, "git=~/.ssh/id,/etc/key"]
                allow: [~/data, /srv//models/]
            """)
        let home = fixture.home
        let granted = UserProject(
            root: fixture.root,
            secrets: ["id=npm,src=\(home)/.npmrc", "id=t,env=TOKEN", "type=file,id=x,src=/etc/x"],
            ssh: ["default", "git=\(home)/.ssh/id,/etc/key"],
            allow: [home.appending("data"), "/srv/models"])
        #expect(
            settings
                == UserSettings(
                    file: fixture.userFile, home: home, engine: .host("unix:///run/docker.sock"),
                    client: .podman, agentSocket: home.appending("agent.sock"),
                    projects: [UserProject(root: home.appending("src/app")), granted]))
        #expect(settings.project(at: fixture.root) == granted)
        #expect(settings.project(at: fixture.repository) == nil)
    }

    @Test(arguments: [
        ("engine: {host: 'tcp://[::1]:2375'}", EngineChoice.host("tcp://[::1]:2375")),
        ("engine: {host: 'tcp://docker.example.org:2376'}", .host("tcp://docker.example.org:2376")),
        ("engine: {context: remote-1}", .context("remote-1")),
    ])
    func anEngineIsAHostOrAContext(yaml: String, engine: EngineChoice) throws {
        #expect(try ConfigurationFixture().loadUser(yaml).engine == engine)
    }

    @Test(arguments: [
        ("client: docker", ClientChoice.docker), ("client: podman", .podman),
        ("client: /opt/bin/docker", .program("/opt/bin/docker")),
    ])
    func aClientIsKnownOrAProgram(yaml: String, client: ClientChoice) throws {
        #expect(try ConfigurationFixture().loadUser(yaml).client == client)
    }

    @Test func oneSecretNeedsNoList() throws {
        let fixture = try ConfigurationFixture()
        let settings = try fixture.loadUser(
            "projects: {/p: {secrets: 'id=a,env=A', ssh: default, allow: /x}}")
        #expect(
            settings.projects == [
                UserProject(root: "/p", secrets: ["id=a,env=A"], ssh: ["default"], allow: ["/x"])
            ])
    }

    @Test(arguments: [
        (
            "[]",
            "USER:1:1: found a list, expected a map with the keys agent, client, engine, images, projects, reaping and snapshots"
        ),
        (
            "engin: {}",
            "USER:1:1: found the unknown key \"engin\", expected one of agent, client, engine, images, projects, reaping, snapshots; did you mean \"engine\"?"
        ),
        (
            "image: {}",
            "USER:1:1: found the key \"image\", which belongs in a project's stoker.yaml; move it there"
        ),
        (
            "engine: {host: 'tcp://a:1', context: b}",
            "USER:1:38: \"context\": found both a host and a context, expected one of them"
        ),
        (
            "engine: {hots: x}",
            "USER:1:10: found the unknown key \"hots\", expected one of context, host; did you mean \"host\"?"
        ),
        (
            "engine: docker",
            "USER:1:9: \"engine\": found \"docker\", expected a map with one of the keys context and host"
        ),
        (
            "engine: {host: 'ssh://me@there'}",
            "USER:1:16: \"host\": found the string \"ssh://me@there\", expected unix:///PATH or tcp://HOST:PORT"
        ),
        (
            "engine: {host: 'unix://run/docker.sock'}",
            "USER:1:16: \"host\": found the string \"unix://run/docker.sock\", expected unix:///PATH or tcp://HOST:PORT"
        ),
        (
            "engine: {host: 'tcp://a'}",
            "USER:1:16: \"host\": found the string \"tcp://a\", expected unix:///PATH or tcp://HOST:PORT"
        ),
        (
            "engine: {host: 'tcp://a:99999'}",
            "USER:1:16: \"host\": found the string \"tcp://a:99999\", expected unix:///PATH or tcp://HOST:PORT"
        ),
        (
            "engine: {context: -x}",
            "USER:1:19: \"context\": found \"-x\", expected the name of a docker context"
        ),
        (
            "client: nerdctl",
            "USER:1:9: \"client\": found \"nerdctl\", expected docker, podman or a program's absolute path"
        ),
        (
            "agent: {socket: agent.sock}",
            "USER:1:17: \"socket\": found \"agent.sock\", expected an absolute path"
        ),
        (
            "projects: [/a]",
            "USER:1:11: \"projects\": found a list, expected a map from the projects' folders to what they are granted"
        ),
        (
            "projects: {src/app: }",
            "USER:1:12: found the project \"src/app\", expected its folder's absolute path"
        ),
        (
            "projects: {~other/app: }",
            "USER:1:12: found the project \"~other/app\", expected its folder's absolute path"
        ),
        ("projects: {/a: , /a/./: }", "USER:1:18: found the project /a more than once; keep one of them"),
        (
            "projects: {/a: {alow: [/b]}}",
            "USER:1:17: found the unknown key \"alow\", expected one of allow, cache-from, cache-to, entitlements, network, reaping, secrets, ssh; did you mean \"allow\"?"
        ),
        ("projects: {/a: {allow: [b]}}", "USER:1:25: \"allow\": found \"b\", expected an absolute path"),
        (
            "reaping: {patterns: []}",
            "USER:1:21: \"patterns\": found an empty list, expected a pattern such as clud-*-{hex:8}, or a list of them"
        ),
        (
            "projects: {/a: {reaping: {every: 0s}}}",
            "USER:1:34: \"every\": found 0 s, expected at least 1s"
        ),
        (
            "projects: {/a: {secrets: [npm]}}",
            "USER:1:27: \"secrets\": found \"npm\", expected a secret such as id=npm,src=/home/me/.npmrc"
        ),
        (
            "projects: {/a: {secrets: ['id=npm']}}",
            "USER:1:27: \"secrets\": found the secret \"id=npm\" without a source, expected src=/absolute/path or env=NAME"
        ),
        (
            "projects: {/a: {secrets: ['src=/x']}}",
            "USER:1:27: \"secrets\": found the string \"src=/x\", expected a secret such as id=npm,src=/home/me/.npmrc"
        ),
        (
            "projects: {/a: {secrets: ['id=npm,src=.npmrc']}}",
            "USER:1:27: \"secrets\": found the path \".npmrc\", expected an absolute one"
        ),
        (
            "projects: {/a: {secrets: ['id=npm,id=x,env=A']}}",
            "USER:1:27: \"secrets\": found the string \"id=npm,id=x,env=A\", expected a secret such as id=npm,src=/home/me/.npmrc"
        ),
        (
            "projects: {/a: {ssh: [id=key]}}",
            "USER:1:23: \"ssh\": found the path \"key\", expected an absolute one"
        ),
        (
            "projects: {/a: {ssh: ['']}}",
            "USER:1:23: \"ssh\": found the string \"\", expected default, or id=/absolute/path"
        ),
    ])
    func aWrongValueIsRefusedWithItsPlace(yaml: String, expected: String) throws {
        let fixture = try ConfigurationFixture()
        #expect(fixture.failure { try fixture.loadUser(yaml) } == expected)
    }

    @Test func aSocketsPathMayHave107Bytes() throws {
        let fixture = try ConfigurationFixture()
        let longest = "/" + String(repeating: "s", count: 106)
        #expect(try fixture.loadUser("agent: {socket: \(longest)}").agentSocket == FilePath(longest))
        #expect(
            try fixture.loadUser("engine: {host: 'unix://\(longest)'}").engine == .host("unix://\(longest)"))
        for yaml in ["agent: {socket: \(longest)s}", "engine: {host: 'unix://\(longest)s'}"] {
            let text = fixture.failure { try fixture.loadUser(yaml) }
            #expect(text?.contains("longer than the 107 bytes that a socket's may have") == true)
        }
    }

    @Test(arguments: [
        (["HOME": "/home/me"], "/home/me/.config/stoker/config.yaml"),
        (["HOME": "/home/me", "XDG_CONFIG_HOME": "/etc/me/"], "/etc/me/stoker/config.yaml"),
        (["HOME": "/home/me", "XDG_CONFIG_HOME": "conf"], "/home/me/.config/stoker/config.yaml"),
        (["HOME": "/home/me", "XDG_CONFIG_HOME": ""], "/home/me/.config/stoker/config.yaml"),
        (["XDG_CONFIG_HOME": "/x"], "/x/stoker/config.yaml"),
    ])
    func theConfigurationIsWhereXDGSays(environment: [String: String], path: String) throws {
        #expect(try UserSettings.path(environment: environment) == FilePath(path))
    }

    @Test(arguments: [[:], ["HOME": ""], ["HOME": "relative"]])
    func withoutHomeTheUserDatabaseIsAsked(environment: [String: String]) throws {
        let home = try UserSettings.home(environment: environment)
        #expect(home.isAbsolute)
        #expect(
            try UserSettings.path(environment: environment) == home.appending(".config/stoker/config.yaml"))
    }

    @Test func dotfilesMayBeLinks() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("client: docker\nagnet: {}\n", fixture.base.appending("dotfiles/stoker.yaml"))
        try fixture.link(fixture.userFile, to: "../../../dotfiles/stoker.yaml")
        let text = fixture.failure { try UserSettings.load(path: fixture.userFile, home: fixture.home) }
        #expect(text?.hasPrefix("USER:2:1: found the unknown key \"agnet\"") == true)
    }

    @Test func aLinkThatLeadsNowhereIsNotAMissingFile() throws {
        let fixture = try ConfigurationFixture()
        try fixture.link(fixture.userFile, to: "nowhere")
        #expect(
            fixture.failure { try UserSettings.load(path: fixture.userFile, home: fixture.home) }
                == "cannot read USER: USER is a symbolic link that leads nowhere; create what it names, or "
                + "remove it")
    }
}
