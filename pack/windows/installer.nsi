; SPDX-License-Identifier: ISC
; The connector's installer: for one user, without an administrator; with /DMACHINE for all users of a PC.
; /S installs and removes without a question. pack/windows/build makes both.
Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
!include MUI2.nsh
!include LogicLib.nsh

!define NAME "hourgate connector"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\hourgate-connector"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!ifdef MACHINE
  !define ROOT HKLM
  RequestExecutionLevel admin
  InstallDir "$PROGRAMFILES64\${NAME}"
!else
  !define ROOT HKCU
  RequestExecutionLevel user
  InstallDir "$LOCALAPPDATA\Programs\${NAME}"
!endif
InstallDirRegKey ${ROOT} "${UNINSTALL}" "InstallLocation"
Name "${NAME} ${VERSION}"
OutFile "${OUT}"
BrandingText "hourgate ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey FileDescription "${NAME}: installer"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey LegalCopyright "ISC licence"

!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\hourgate-connector-tray.exe"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE German
!insertmacro MUI_LANGUAGE French
!insertmacro MUI_LANGUAGE Italian

!macro CONTEXT
  SetRegView 64
!ifdef MACHINE
  SetShellVarContext all
!else
  SetShellVarContext current
!endif
!macroend

Section
  !insertmacro CONTEXT
  SetOutPath $INSTDIR
  ; A program that runs cannot be replaced: an upgrade ends it first, and the pairing stays.
  ${If} ${FileExists} "$INSTDIR\hourgate-connector.exe"
    nsExec::Exec '"$INSTDIR\hourgate-connector.exe" stop'
    Pop $0
  ${EndIf}
  File "${FROM}\hourgate-connector.exe"
  File "${FROM}\hourgate-connector-tray.exe"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\hourgate-connector-tray.exe"
  WriteRegStr ${ROOT} "${RUN}" "${NAME}" '"$INSTDIR\hourgate-connector-tray.exe" --quiet'
  WriteRegStr ${ROOT} "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr ${ROOT} "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr ${ROOT} "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr ${ROOT} "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr ${ROOT} "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD ${ROOT} "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD ${ROOT} "${UNINSTALL}" "NoRepair" 1
SectionEnd

; What the one who removes it has of it goes as well; the server is told, and erases what it holds.
Section Uninstall
  !insertmacro CONTEXT
  nsExec::Exec '"$INSTDIR\hourgate-connector.exe" stop'
  Pop $0
  nsExec::Exec '"$INSTDIR\hourgate-connector.exe" unpair'
  Pop $0
  Delete "$INSTDIR\hourgate-connector.exe"
  Delete "$INSTDIR\hourgate-connector-tray.exe"
  Delete "$INSTDIR\uninstall.exe"
  RMDir $INSTDIR
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegValue ${ROOT} "${RUN}" "${NAME}"
  DeleteRegKey ${ROOT} "${UNINSTALL}"
  SetShellVarContext current
  RMDir /r "$LOCALAPPDATA\hourgate"
SectionEnd
