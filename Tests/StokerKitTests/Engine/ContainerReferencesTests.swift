import Foundation
import StokerCore
@testable import StokerKit
import Testing

/// What an engine says that a container uses.
@Suite struct ContainerReferencesTests {
    @Test func `the list tells of networks, volumes and a shared network`() throws {
        let id = String(repeating: "a", count: 64)
        let body = """
            [{"Id":"\(id)","Names":["/web"],"Image":"i","State":"exited","Created":1,
            "HostConfig":{"NetworkMode":"net-1"},
            "NetworkSettings":{"Networks":{"net-1":{"NetworkID":"abc","Links":["pg:db"]},"net-2":{"NetworkID":""},"x":null}},
            "Mounts":[{"Type":"volume","Name":"v1","Source":"/var/lib/v1/_data"},{"Type":"bind","Source":"/srv"}]},
            {"Id":"\(id)","Names":["/b"],"Image":"i","State":"exited","Created":1,
            "HostConfig":{"NetworkMode":"container:\(id)"},"NetworkSettings":null,"Mounts":null},
            {"Id":"\(id)","Names":["/c"],"Image":"i","State":"exited","Created":1}]
            """
        let listed = try ContainerFacts.listed(inAnswer: Array(body.utf8)).map(\.references)
        #expect(
            listed == [
                ContainerReferences(
                    networks: ["net-1", "abc", "net-2", "x"], volumes: ["v1", "/var/lib/v1/_data", "/srv"],
                    containers: ["pg"]),
                ContainerReferences(containers: [id]),
                ContainerReferences(),
            ])
    }

    @Test func `inspecting tells of all namespaces, links and sources of volumes`() throws {
        let body = """
            {"Id":"a","Name":"/web","Created":"2026-11-22T08:00:00Z","Config":{},
            "State":{"Status":"exited","StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"},
            "HostConfig":{"RestartPolicy":{"Name":"no"},"LogConfig":{"Type":"none"},"NetworkMode":"default",
            "PidMode":"container:p","IpcMode":"container:i","UTSMode":"host","UsernsMode":"container:u",
            "CgroupnsMode":"private","Cgroup":"container:c","VolumesFrom":["v:ro","w"],"Links":["/pg:/web/db"]},
            "NetworkSettings":{"Networks":{}},"Mounts":[]}
            """
        let inspected = try JSONDecoder().decode(InspectedContainer.self, from: Data(body.utf8))
        #expect(inspected.hostConfig.restartPolicy?.name == "no")
        #expect(inspected.hostConfig.logConfig?.type == "none")
        #expect(
            inspected.references
                == ContainerReferences(
                    networks: ["default"], containers: ["p", "i", "u", "c", "v", "w", "pg"]))
    }
}
