import Glibc
@testable import StokerCore
import Testing

@Suite struct LocalDiskTests {
    static let mounts = """
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
        41 22 0:37 / /mnt/c rw,noatime - 9p C:\\134 rw,dirsync
        42 22 0:38 / /srv/a\\040b rw master:7 propagate_from:2 - nfs4 server:/ rw
        43 22 0:39 /
        """

    @Test(arguments: [("22", "ext4"), ("41", "9p"), ("42", "nfs4"), ("43", nil), ("2", nil), ("", nil)])
    func theTypeIsThatOfTheMount(mount: String, type: String?) {
        #expect(LocalDisk.type(ofMount: mount, LocalDiskTests.mounts) == type)
    }

    @Test func whatTheKernelMakesUpIsNoDisk() throws {
        #expect(LocalDisk.holds(try HeldFile("/proc/self/stat", O_RDONLY)) == false)
    }
}
