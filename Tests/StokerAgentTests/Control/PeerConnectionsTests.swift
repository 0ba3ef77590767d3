import Testing

@testable import StokerAgent

@Suite struct PeerConnectionsTests {
    @Test func `one process gets so many, and others as well`() {
        let connections = PeerConnections(descriptors: 1024)
        for _ in 0..<PeerConnections.processLimit { #expect(connections.begin(pid: 7)) }
        #expect(!connections.begin(pid: 7))
        #expect(connections.begin(pid: 8))
        connections.end(pid: 7)
        #expect(connections.begin(pid: 7))
        #expect(!connections.begin(pid: 7))
    }

    @Test(arguments: [(100, 50), (1024, 512), (1 << 20, 512)])
    func `half of the descriptors stay the agent's own`(descriptors: Int, count: Int) {
        let connections = PeerConnections(descriptors: descriptors)
        let admitted = (1...2000).filter { connections.begin(pid: Int32($0)) }
        #expect(admitted.count == count)
        connections.end(pid: 1)
        #expect(connections.begin(pid: 3000))
    }

    /// Their process IDs cannot be told from here.
    @Test func `the processes of other PID namespaces are not taken for one`() {
        let connections = PeerConnections(descriptors: 1024)
        let admitted = (1...2000).filter { _ in connections.begin(pid: 0) }
        #expect(admitted.count == PeerConnections.limit)
    }
}
