/* Two things of Windows 10 that Debian's Wine 8 doesn't have, as a bcryptprimitives.dll beside
   python.exe: whoever asks for ProcessPrng loads it. */
#include <windows.h>

/* Random bytes under the name by which Rust's standard library, and so tokenizers, asks for them.
   What RtlGenRandom takes for a length is 32 bits wide. */
BOOLEAN NTAPI SystemFunction036(void *into, ULONG length); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *into, size_t length)
{
    const ULONG most = 1u << 30;
    for (size_t done = 0; done < length;) {
        const size_t rest = length - done;
        const ULONG part = rest < most ? (ULONG)rest : most;
        if (!SystemFunction036(into + done, part))
            return FALSE;
        done += part;
    }
    return TRUE;
}

/* The tile registers of AMX: Windows lets every process use them, Linux those that ask, and
   onnxruntime for Windows doesn't ask. arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA); where
   the processor has none, it fails and nothing is lost. */
static void ask_linux_for_tiles(void)
{
    enum { SYS_ARCH_PRCTL = 158, REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    long number = SYS_ARCH_PRCTL;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"((long)REQUEST_PERMISSION), "S"((long)TILE_DATA)
                     : "rcx", "r11", "memory");
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH)
        ask_linux_for_tiles();
    return TRUE;
}
